// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/program.hpp"
#include "asioscope/schema/message.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace asioscope::viewer {

/// The last minutes of a stream, byte for byte, and the state of its program before: can be written
/// as a recording at any time.
/// Thread safety: distinct objects only; copies share the bytes.
class recent_stream {
 public:
  struct bounds {
    std::int64_t span_ns = 300'000'000'000;
    std::size_t bytes = std::size_t{64} << 20;
  };
  struct extent {
    std::int64_t begin_ns = 0;  ///< monotonic, of the program
    std::int64_t end_ns = 0;
    std::size_t bytes = 0;
  };

  recent_stream() : recent_stream(bounds()) {}
  explicit recent_stream(bounds most) : most_(most) {}

  /// A connection begins: what was kept of an earlier one goes.
  void begin(const schema::hello& greeting);
  /// `bytes`: the same frame as it came.
  void take(const schema::frame& frame, std::string_view bytes);

  /// Nothing until the snapshot is complete.
  [[nodiscard]] std::optional<extent> kept() const;

  /// Hands what a recording from `begin_ns` to `end_ns` holds to `sink`, as far as it is kept;
  /// stops when that says false.
  void write(std::int64_t begin_ns, std::int64_t end_ns,
             const std::function<bool(std::string_view)>& sink) const;

 private:
  struct piece {
    std::int64_t time_ns = 0;
    std::shared_ptr<const std::string> bytes;
  };

  bounds most_;
  std::optional<model::program> base_;  // up to the first piece
  std::deque<piece> pieces_;
  std::size_t bytes_ = 0;  // in pieces_
};

}  // namespace asioscope::viewer
