// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/message.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace asioscope::schema {

/// The stream is a protobuf message `asioscope.Stream` (stream.proto): a `repeated Message`, that
/// is, for each message the byte 0x0A, its length as a varint, and its fields. A saved stream can
/// be read with `protoc --decode=asioscope.Stream stream.proto`.

/// A message longer than this is refused by the reader, before any memory is set aside for it.
inline constexpr std::size_t max_message_bytes = std::size_t{16} << 20;

/// A message that would unfold to more memory than this is refused too: a few bytes can stand for
/// kilobytes.
inline constexpr std::size_t max_decoded_bytes = std::size_t{64} << 20;

/// Appends `value`, framed, to `out`. Bytes of a string that are not valid UTF-8 become U+FFFD.
/// Nothing is split: keep messages well under the limits.
void encode(const message& value, std::string& out);

/// Cuts a byte stream into messages. Feed what arrives; take messages until there is none.
///
/// Any byte sequence leads to messages or to an error, never to a crash or to unbounded memory.
/// Unknown fields and kinds of messages are skipped, so that a newer peer can be read; an unknown
/// value of an enumeration is an error, because taking it for something else would show a wrong
/// fact. Time is linear in the bytes fed. Memory: what was fed and not yet taken, which a caller
/// bounds by taking all messages before it feeds again, and the message being returned. Thread
/// safety: distinct objects only.
class decoder {
 public:
  /// `limit`: the longest message accepted, in bytes. `memory_limit`: what it may unfold to, in
  /// bytes.
  explicit decoder(std::size_t limit = max_message_bytes,
                   std::size_t memory_limit = max_decoded_bytes)
      : limit_(limit), memory_limit_(memory_limit) {}

  void feed(std::string_view bytes);

  /// The next whole message; nothing when more bytes are needed or after an error.
  std::optional<message> next();

  /// The bytes of the message that next() returned last, framed; valid until the next feed().
  [[nodiscard]] std::string_view last_bytes() const noexcept {
    return std::string_view{buffer_}.substr(last_, consumed_ - last_);
  }

  /// True when nothing of an unfinished message was fed.
  [[nodiscard]] bool is_between_messages() const noexcept { return consumed_ == buffer_.size(); }

  /// Why the stream cannot be read any further; empty while all is well. Final.
  [[nodiscard]] const std::string& error() const noexcept { return error_; }

 private:
  std::optional<message> fail(std::string reason);

  std::size_t limit_;
  std::size_t memory_limit_;
  std::string buffer_;
  std::size_t consumed_ = 0;  // bytes of buffer_ already turned into messages
  std::size_t last_ = 0;      // where the latest of them begins
  std::string error_;
};

}  // namespace asioscope::schema
