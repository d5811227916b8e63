// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "data_source.hpp"
#include "viewer.hpp"

#include "asioscope/live/server.hpp"
#include "asioscope/net/service.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace asioscope::live {

/// The viewers of one program, and the thread that serves them.
class hub {
 public:
  using clock = std::chrono::steady_clock;

  /// `wanted` has a name for the program; a peer that does not greet within `greeting_time` is
  /// dropped. Errors: as those of server.
  hub(options wanted, std::unique_ptr<data_source> source,
      std::chrono::milliseconds greeting_time = std::chrono::seconds{5});
  ~hub();
  hub(const hub&) = delete;
  hub& operator=(const hub&) = delete;

  [[nodiscard]] const std::vector<std::string>& addresses() const noexcept { return addresses_; }

 private:
  net::listener open_local() const;
  net::listener open_tcp() const;
  void listen(net::listener socket);
  std::unique_ptr<net::connection_handler> welcome(net::connection& peer);
  void tick();

  options options_;
  std::chrono::milliseconds greeting_time_;
  std::unique_ptr<data_source> source_;
  std::vector<std::string> addresses_;
  viewer_list viewers_;              // only on the service's thread
  clock::time_point pause_until_{};  // only on the service's thread
  net::service service_;             // last: its thread uses all of the above
};

}  // namespace asioscope::live
