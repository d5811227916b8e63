// SPDX-License-Identifier: BSL-1.0
#include "columns.hpp"
#include "layout.hpp"
#include "text.hpp"

#include "asioscope/schema/codec.hpp"

#include <protozero/pbf_writer.hpp>

#include <concepts>
#include <type_traits>

namespace asioscope::schema {
namespace wire {
namespace {

/// Writes the members that `describe` names. What is zero, false or empty is left out.
class writer {
 public:
  static constexpr bool reading = false;
  using tag = protozero::pbf_tag_type;

  explicit writer(protozero::pbf_writer& out) : out_(out) {}

  template <std::integral Number>
  void operator()(tag field, Number value) {
    if (value == 0) return;
    if constexpr (std::is_signed_v<Number>) {
      out_.add_int64(field, value);
    } else {
      out_.add_uint64(field, value);
    }
  }

  void operator()(tag field, double value) {
    if (value != 0) out_.add_double(field, value);
  }

  template <typename Enumeration>
  void operator()(tag field, Enumeration value, Enumeration /*last*/) {
    (*this)(field, static_cast<std::uint32_t>(value));
  }

  void operator()(tag field, const std::string& value) {
    if (value.empty()) return;
    if (valid_utf8_prefix(value) == value.size()) {
      out_.add_string(field, value);
    } else {
      out_.add_string(field, to_utf8(value));
    }
  }

  void operator()(tag field, const std::vector<std::string>& texts) {
    for (const std::string& each : texts)
      out_.add_string(field, valid_utf8_prefix(each) == each.size() ? each : to_utf8(each));
  }

  void operator()(tag field, const histogram& value) {
    body_.clear();
    write_histogram(value, body_);
    if (!body_.empty()) out_.add_message(field, body_);
  }

  void operator()(tag field, const std::vector<task_info>& tasks) {
    if (tasks.empty()) return;
    body_.clear();
    write_tasks(tasks, body_);
    out_.add_message(field, body_);
  }

  void operator()(tag field, const std::vector<std::uint64_t>& ids) {
    if (ids.empty()) return;
    body_.clear();
    write_ids(ids, body_);
    out_.add_bytes(field, body_);
  }

  void operator()(tag field, const std::vector<event_batch>& batches) {
    for (const event_batch& each : batches) {
      body_.clear();
      write_events(each, body_);
      out_.add_message(field, body_);
    }
  }

  template <typename Value>
  void operator()(tag field, const std::vector<Value>& values) {
    for (const Value& each : values)
      nested(field, each);
  }

  template <typename Value>
  requires std::is_class_v<Value>
  void operator()(tag field, const Value& value) {
    if (value != Value{}) nested(field, value);
  }

  template <typename Value>
  void nested(tag field, const Value& value) {
    // Not as a nested pbf_writer, which leaves out a message that turns out to be empty: in a list
    // that would be an element less.
    std::string body;
    protozero::pbf_writer inner{body};
    writer members{inner};
    describe(members, value);
    out_.add_message(field, body);
  }

 private:
  protozero::pbf_writer& out_;
  std::string body_;  // of the submessage being written as columns
};

}  // namespace
}  // namespace wire

void encode(const message& value, std::string& out) {
  std::string body;
  protozero::pbf_writer fields{body};
  std::visit(
      [&fields]<typename Body>(const Body& members) {
        if constexpr (std::is_same_v<Body, hello>) fields.add_string(1, hello::magic);
        wire::writer io{fields};
        wire::describe(io, members);
      },
      value);

  protozero::pbf_writer stream{out};
  protozero::pbf_writer whole{stream, 1};
  // Field n of Message is alternative n - 1 of the variant.
  whole.add_message(static_cast<protozero::pbf_tag_type>(value.index() + 1), body);
}

}  // namespace asioscope::schema
