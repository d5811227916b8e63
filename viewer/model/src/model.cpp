// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/model.hpp"

#include "asioscope/model/limits.hpp"
#include "asioscope/model/text.hpp"

namespace asioscope::model {

std::string model::fold(const schema::message& message) {
  if (const auto* greeting = std::get_if<schema::hello>(&message)) return greet(*greeting);
  if (const auto* goodbye = std::get_if<schema::goodbye>(&message)) {
    farewell_ = clean_text(goodbye->reason, limits::message_bytes);
    return {};
  }
  if (!greeted_) return "the program did not greet first";
  if (const auto* frame = std::get_if<schema::frame>(&message)) {
    program_->fold(*frame);
  }
  return {};
}

std::string model::greet(const schema::hello& greeting) {
  if (greeting.version != schema::hello::current_version) {
    const bool is_older = greeting.version < schema::hello::current_version;
    return std::string("the program's asioscope is ") + (is_older ? "older" : "newer") +
           " than this viewer: it speaks version " + std::to_string(greeting.version) +
           " of the stream, this viewer version " + std::to_string(schema::hello::current_version) +
           ". Use the viewer of its release; its metrics can be scraped all the same";
  }
  if (greeted_) return "the program greeted twice";
  greeted_ = true;
  if (program_ && program_->is(greeting)) {
    program_->begin_snapshot();
  } else {
    program_.emplace(greeting, trace_events_);
    ++beginnings_;
  }
  return {};
}

}  // namespace asioscope::model
