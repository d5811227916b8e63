// SPDX-License-Identifier: BSL-1.0
#include "asioscope/schema/codec.hpp"

#include "decode.hpp"
#include "malformed.hpp"

#include <protozero/exception.hpp>

#include <utility>

namespace asioscope::schema {
namespace {

/// Field 1 of Stream, length-delimited.
constexpr unsigned char message_mark = 0x0A;

/// A varint of this many bytes holds every length that a limit could allow.
constexpr std::size_t longest_length_bytes = 9;

}  // namespace

void decoder::feed(std::string_view bytes) {
  if (!error_.empty()) return;
  // Moved at most as often as half of the buffer was consumed: linear in the number of bytes fed.
  if (consumed_ > buffer_.size() / 2) {
    buffer_.erase(0, consumed_);
    consumed_ = 0;
    last_ = 0;
  }
  buffer_.append(bytes);
}

std::optional<message> decoder::next() {
  while (error_.empty()) {
    const std::string_view rest = std::string_view{buffer_}.substr(consumed_);
    if (rest.empty()) return std::nullopt;
    if (static_cast<unsigned char>(rest[0]) != message_mark) {
      return fail("not an asioscope stream: a message does not begin as one");
    }
    std::uint64_t length = 0;
    std::size_t position = 1;
    for (bool more = true; more; ++position) {
      if (position > longest_length_bytes) return fail("the length of a message makes no sense");
      if (position == rest.size()) return std::nullopt;
      const auto byte = static_cast<unsigned char>(rest[position]);
      length |= std::uint64_t{byte & 0x7FU} << (7 * (position - 1));
      more = (byte & 0x80U) != 0;
    }
    if (length > limit_) {
      return fail("a message of " + std::to_string(length) + " bytes was announced, the limit is " +
                  std::to_string(limit_));
    }
    if (rest.size() - position < length) return std::nullopt;
    last_ = consumed_;
    consumed_ += position + length;
    try {
      if (auto result = wire::decode_message(rest.substr(position, length), memory_limit_)) {
        return result;
      }
    } catch (const protozero::exception& broken) {
      return fail(std::string{"malformed message: "} + broken.what());
    } catch (const wire::malformed& broken) {
      return fail(std::string{"malformed message: "} + broken.what());
    }
  }
  return std::nullopt;
}

std::optional<message> decoder::fail(std::string reason) {
  error_ = std::move(reason);
  buffer_ = {};
  consumed_ = 0;
  last_ = 0;
  return std::nullopt;
}

}  // namespace asioscope::schema
