// SPDX-License-Identifier: BSL-1.0
#include "decode.hpp"

#include "columns.hpp"
#include "layout.hpp"
#include "malformed.hpp"

#include <protozero/pbf_reader.hpp>

#include <concepts>
#include <string>

namespace asioscope::schema::wire {
namespace {

using protozero::pbf_wire_type;

std::string_view view(protozero::pbf_reader& in) {
  const protozero::data_view body = in.get_view();
  return {body.data(), body.size()};
}

/// Reads the one field that `in` stands at into the member that `describe` names for it.
class reader {
 public:
  static constexpr bool reading = true;
  using tag = protozero::pbf_tag_type;

  reader(protozero::pbf_reader& in, budget& memory) : in_(in), memory_(memory) {}

  /// The field belonged to one of the members.
  [[nodiscard]] bool taken() const { return taken_; }

  template <std::integral Number>
  void operator()(tag field, Number& value) {
    if (!is(field, pbf_wire_type::varint)) return;
    if constexpr (std::is_same_v<Number, bool>) {
      value = in_.get_uint64() != 0;
    } else {
      value = static_cast<Number>(in_.get_uint64());
    }
  }

  void operator()(tag field, double& value) {
    if (is(field, pbf_wire_type::fixed64)) value = in_.get_double();
  }

  template <typename Enumeration>
  void operator()(tag field, Enumeration& value, Enumeration last) {
    if (!is(field, pbf_wire_type::varint)) return;
    const std::uint64_t number = in_.get_uint64();
    if (number > static_cast<std::uint64_t>(last)) {
      throw malformed{"unknown value " + std::to_string(number) + " of an enumeration"};
    }
    value = static_cast<Enumeration>(number);
  }

  void operator()(tag field, std::string& value) {
    if (is(field, pbf_wire_type::length_delimited)) value = view(in_);
  }

  void operator()(tag field, std::vector<std::string>& texts) {
    if (!is(field, pbf_wire_type::length_delimited)) return;
    memory_.charge(1, sizeof(std::string));
    texts.emplace_back(view(in_));
  }

  void operator()(tag field, histogram& value) {
    if (is(field, pbf_wire_type::length_delimited)) read_histogram(view(in_), value);
  }

  void operator()(tag field, std::vector<task_info>& tasks) {
    if (is(field, pbf_wire_type::length_delimited)) read_tasks(view(in_), tasks, memory_);
  }

  void operator()(tag field, std::vector<std::uint64_t>& ids) {
    if (is(field, pbf_wire_type::length_delimited)) read_ids(view(in_), ids, memory_);
  }

  void operator()(tag field, std::vector<event_batch>& batches) {
    if (!is(field, pbf_wire_type::length_delimited)) return;
    memory_.charge(1, sizeof(event_batch));
    read_events(view(in_), batches.emplace_back(), memory_);
  }

  template <typename Value>
  void operator()(tag field, std::vector<Value>& values) {
    if (!is(field, pbf_wire_type::length_delimited)) return;
    memory_.charge(1, sizeof(Value));
    read_members(in_.get_message(), values.emplace_back(), memory_);
  }

  template <typename Value>
  requires std::is_class_v<Value>
  void operator()(tag field, Value& value) {
    if (is(field, pbf_wire_type::length_delimited)) read_members(in_.get_message(), value, memory_);
  }

  template <typename Value>
  static void read_members(protozero::pbf_reader in, Value& value, budget& memory) {
    while (in.next()) {
      reader member{in, memory};
      describe(member, value);
      if (!member.taken()) in.skip();
    }
  }

 private:
  bool is(tag field, pbf_wire_type type) {
    if (taken_ || in_.tag() != field || in_.wire_type() != type) return false;
    taken_ = true;
    return true;
  }

  protozero::pbf_reader& in_;
  budget& memory_;
  bool taken_ = false;
};

template <typename Body>
Body read_body(protozero::pbf_reader in, budget& memory) {
  Body result;
  reader::read_members(in, result, memory);
  return result;
}

hello read_hello(protozero::pbf_reader in, budget& memory) {
  std::string_view magic;
  for (protozero::pbf_reader copy = in; copy.next();) {
    if (copy.tag_and_type() == protozero::tag_and_type(1, pbf_wire_type::length_delimited)) {
      magic = view(copy);
    } else {
      copy.skip();
    }
  }
  if (magic != hello::magic) throw malformed{"a hello that is not asioscope's"};
  hello result;
  result.version = 0;  // what a hello without one says
  reader::read_members(in, result, memory);
  return result;
}

}  // namespace

std::optional<message> decode_message(std::string_view bytes, std::size_t memory_limit) {
  budget memory{memory_limit};
  std::optional<message> result;
  protozero::pbf_reader in{bytes.data(), bytes.size()};
  while (in.next()) {
    if (in.wire_type() != pbf_wire_type::length_delimited) {
      in.skip();
      continue;
    }
    switch (in.tag()) {
      case 1:
        result = read_hello(in.get_message(), memory);
        break;
      case 2:
        result = read_body<frame>(in.get_message(), memory);
        break;
      case 3:
        result = read_body<goodbye>(in.get_message(), memory);
        break;
      case 4:
        result = read_body<request>(in.get_message(), memory);
        break;
      default:
        in.skip();
    }
  }
  return result;
}

}  // namespace asioscope::schema::wire
