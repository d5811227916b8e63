// SPDX-License-Identifier: BSL-1.0
#include "handshake.hpp"

#include <variant>

namespace asioscope::live {

std::optional<std::string> handshake::take(const schema::message& said) {
  if (const auto* const first = std::get_if<schema::hello>(&said)) return greet(*first);
  if (!greeted_) return "a viewer must say hello first";
  if (const auto* const wish = std::get_if<schema::request>(&said)) {
    wants_trace_ = wish->trace;
    return std::nullopt;
  }
  if (std::holds_alternative<schema::goodbye>(said)) {
    left_ = true;
    return std::nullopt;
  }
  return "a viewer sends no frames";
}

std::optional<std::string> handshake::greet(const schema::hello& said) {
  if (greeted_) return "a second hello";
  if (said.version != schema::hello::current_version) {
    const bool we_are_older = said.version > schema::hello::current_version;
    return "the viewer speaks version " + std::to_string(said.version) +
           " of the protocol, this program version " +
           std::to_string(schema::hello::current_version) + ": the " +
           (we_are_older ? "program" : "viewer") + " is the older one and needs an update";
  }
  greeted_ = true;
  return std::nullopt;
}

}  // namespace asioscope::live
