// SPDX-License-Identifier: BSL-1.0
// An Asio program that knows nothing of asioscope: it posts a handler, and lives until its input
// ends.
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <cstdio>

namespace {

void greet(boost::asio::io_context& loop) {
  boost::asio::post(loop, [] { std::puts("posted"); });
}

}  // namespace

int main() {
  boost::asio::io_context loop;
  greet(loop);
  loop.run();
  std::fflush(stdout);
  while (std::getchar() != EOF)
    continue;
}
