// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/codec.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asioscope::live::testing {

/// A viewer reduced to its socket. What takes longer than the patience of a test fails it.
class client {
 public:
  /// A path, or "127.0.0.1:PORT". Check connected().
  explicit client(const std::string& address);
  ~client();
  client(client&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        decoder_(std::move(other.decoder_)),
        received_(std::move(other.received_)) {}
  client& operator=(client&&) = delete;

  [[nodiscard]] bool connected() const { return fd_ >= 0; }
  void send(std::string_view bytes);
  void say(const schema::message& value);
  void say_hello() { say(schema::hello{}); }

  /// The next message; nothing at the end of the stream.
  std::optional<schema::message> next();

  /// Takes messages until one of them, a frame, is what `wanted` says. Fails when there is none.
  schema::frame next_frame(const std::function<bool(const schema::frame&)>& wanted);

  /// Takes messages up to the end of the stream. The reason of the goodbye among them; empty when
  /// there is none.
  std::string read_goodbye();

  /// All bytes that have been received.
  [[nodiscard]] const std::string& received() const { return received_; }
  /// Reads on until the peer hangs up or `patience` is over. True when it hung up.
  bool read_to_end(std::chrono::milliseconds patience);

  [[nodiscard]] int fd() const { return fd_; }

 private:
  bool wait(std::chrono::milliseconds patience);
  bool receive();

  int fd_ = -1;
  schema::decoder decoder_;
  std::string received_;
};

}  // namespace asioscope::live::testing
