// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace asioscope::live {

class hub;

struct options {
  /// What viewers call the program; empty: the name of its executable.
  std::string program = {};

  /// Listen on a Unix socket that only this user may connect to.
  bool local = true;
  /// Its path; empty: schema::socket_path(), where viewers look by themselves. A default folder is
  /// made private, and cleared of what dead programs left there.
  std::filesystem::path socket = {};

  /// "HOST:PORT", ":PORT" or "PORT" on the loopback, to listen there too; empty: not. When the port
  /// is taken, one of the next 63 is used. Any user of this machine can connect there.
  std::string tcp = {};

  std::chrono::milliseconds frame_interval{50};  ///< between two frames, at least
  std::size_t viewer_buffer = 8 * 1024 * 1024;   ///< bytes that may wait for a viewer; >= 1 MiB
  std::size_t max_viewers = 16;                  ///< connected at the same time
};

/// Shows the recorder of this process to any number of viewers, which may come and go at any time.
/// Each gets what is known, then some twenty times a second what changed (stream.proto); events
/// while it asks for them. A slow viewer gets fewer frames and an exact gap in the events; it slows
/// nothing down.
///
/// It has a thread of its own, which sleeps while nobody looks and takes at most about a tenth of a
/// processor while somebody does: where a snapshot takes long, frames become fewer.
///
/// Thread safety: every function may be called from any thread. Lifetime: the destructor takes
/// leave of the viewers and waits for the thread. Errors: the constructor throws std::system_error
/// when an address cannot be listened on, std::invalid_argument for one that is not on the
/// loopback.
class server {
 public:
  explicit server(options wanted = {});
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Where it listens: the path of the socket, "127.0.0.1:9500".
  [[nodiscard]] const std::vector<std::string>& addresses() const noexcept;

 private:
  std::unique_ptr<hub> hub_;
};

}  // namespace asioscope::live
