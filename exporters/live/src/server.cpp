// SPDX-License-Identifier: BSL-1.0
#include "asioscope/live/server.hpp"

#include "hub.hpp"
#include "recorder_source.hpp"

#include "asioscope/schema/rendezvous.hpp"

#include <utility>

namespace asioscope::live {
namespace {

options with_name(options wanted) {
  if (wanted.program.empty()) wanted.program = schema::executable_name();
  return wanted;
}

std::unique_ptr<hub> open(options wanted) {
  auto source = std::make_unique<recorder_source>(wanted.program);
  return std::make_unique<hub>(std::move(wanted), std::move(source));
}

}  // namespace

server::server(options wanted) : hub_(open(with_name(std::move(wanted)))) {}

server::~server() = default;

const std::vector<std::string>& server::addresses() const noexcept { return hub_->addresses(); }

}  // namespace asioscope::live
