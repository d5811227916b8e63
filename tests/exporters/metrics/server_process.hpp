// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "peer.hpp"
#include "servers.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace asioscope::metrics::testing {

/// One of the programs of build/servers, running as long as the object lives.
class server_process {
 public:
  server_process(const std::string& name, std::vector<std::string> arguments,
                 std::filesystem::path log)
      : log_(std::move(log)) {
    arguments.insert(arguments.begin(), server_program(name));
    std::vector<char*> pointers;
    for (std::string& each : arguments)
      pointers.push_back(each.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log_.c_str(), O_WRONLY | O_CREAT,
                                       0600);
    if (::posix_spawn(&process_, pointers[0], &actions, nullptr, pointers.data(), environ) != 0) {
      process_ = -1;
    }
    ::posix_spawn_file_actions_destroy(&actions);
  }
  ~server_process() {
    if (process_ < 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  server_process(const server_process&) = delete;
  server_process& operator=(const server_process&) = delete;

  /// What it wrote to stderr.
  [[nodiscard]] std::string log() const {
    std::ifstream in(log_);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  std::filesystem::path log_;
  pid_t process_ = -1;
};

/// The whole answer to a GET; empty when nobody answers.
inline std::string http_get(std::uint16_t port, const std::string& target) {
  const net::testing::peer client(port);
  client.send("GET " + target + " HTTP/1.0\r\n\r\n");
  return client.receive_all();
}

/// Asks until the condition holds of what is told, for a minute.
template <class Ask, class Condition>
std::string ask_until(Ask ask, Condition condition) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  for (;;) {
    std::string answer = ask();
    if (condition(answer) || std::chrono::steady_clock::now() > limit) return answer;
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
}

}  // namespace asioscope::metrics::testing
