// SPDX-License-Identifier: BSL-1.0
// A program to watch that is none: listens on a Unix socket and tells of a synthetic_shop.
//   viewer_synthetic_program SOCKET [steps=N] [warm=N] [speed=X] [pid=N] [version=N] [rubbish=1]
//   [trace=1]
// After `steps` steps nothing changes any more, and one line with the sums goes to the standard
// output.

#include "synthetic_shop.hpp"

#include "asioscope/schema/codec.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace {

using asioscope::test::synthetic_shop;

class settings {
 public:
  settings(int argc, char** argv) {
    for (int index = 2; index < argc; ++index) {
      const std::string argument = argv[index];
      const std::size_t equals = argument.find('=');
      values_[argument.substr(0, equals)] = std::atof(argument.c_str() + equals + 1);
    }
  }
  [[nodiscard]] double get(const std::string& name, double usual) const {
    const auto found = values_.find(name);
    return found == values_.end() ? usual : found->second;
  }

 private:
  std::map<std::string, double> values_;
};

int listen_at(const char* path) {
  ::unlink(path);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket, 8) != 0) {
    std::perror(path);
    std::exit(1);
  }
  return socket;
}

// False when the viewer has gone.
bool send_all(int socket, const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 1;
  const settings chosen(argc, argv);
  const int listener = listen_at(argv[1]);
  synthetic_shop shop;
  for (int step = 0; step < static_cast<int>(chosen.get("warm", 0)); ++step)
    shop.step();

  if (chosen.get("trace", 0) != 0) shop.trace();

  const auto pace = std::chrono::duration<double>(0.05 / chosen.get("speed", 1));
  auto steps_left = static_cast<long>(chosen.get("steps", 1e9));
  std::vector<int> viewers;
  auto next = std::chrono::steady_clock::now();
  while (true) {
    pollfd wait{listener, POLLIN, 0};
    if (::poll(&wait, 1, 0) == 1) {
      const int viewer = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      asioscope::schema::hello hello =
          shop.greeting(static_cast<std::uint32_t>(chosen.get("pid", ::getpid())));
      hello.version = static_cast<std::uint32_t>(
          chosen.get("version", asioscope::schema::hello::current_version));
      std::string bytes;
      asioscope::schema::encode(hello, bytes);
      asioscope::schema::encode(shop.snapshot(), bytes);
      if (chosen.get("rubbish", 0) != 0) bytes = "HTTP/1.1 400 Bad Request\r\n\r\n";
      send_all(viewer, bytes);
      viewers.push_back(viewer);
    }
    // Nobody watches: the time of the shop stands still, so that a test knows what will be seen.
    if (!viewers.empty() && steps_left > 0) {
      std::string bytes;
      asioscope::schema::encode(shop.step(), bytes);
      std::erase_if(viewers, [&](int viewer) {
        if (send_all(viewer, bytes)) return false;
        ::close(viewer);
        return true;
      });
      if (--steps_left == 0) {
        std::cout << "handlers " << shop.handlers() << " tasks_finished " << shop.tasks_finished()
                  << " tasks_live " << shop.live_tasks() << " stalls " << shop.stalls()
                  << std::endl;
      }
    }
    next += std::chrono::duration_cast<std::chrono::steady_clock::duration>(pace);
    std::this_thread::sleep_until(next);
  }
}
