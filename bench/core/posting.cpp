// SPDX-License-Identifier: BSL-1.0
// What the rest is compared with.
#include "loops.hpp"
#include "table.hpp"

#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>

namespace bench {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

double clock_read(long operations) {
  return time_of(operations, [&] {
    for (long i = 0; i < operations; ++i) {
      auto now = std::chrono::steady_clock::now();
      asm volatile("" : "+m"(now));
    }
  });
}

template <class Executor>
double post(long operations) {
  asio::io_context loop(1);
  const Executor executor(loop.get_executor());
  return chain(loop, operations,
               [&](const auto& next) { asio::post(executor, [&next] { next(); }); });
}

template <class Channel>
double hand_on(long operations) {
  asio::io_context loop(1);
  Channel one(loop, 1);
  one.try_send(error_code());
  return contended(loop, operations, [&](const auto& again) {
    one.async_receive([&](error_code) {
      again();
      one.async_send(error_code(), [](error_code) {});
    });
  });
}

template <class Executor>
using channel = asio::experimental::channel<Executor, void(error_code)>;
template <class Executor>
using concurrent_channel = asio::experimental::concurrent_channel<Executor, void(error_code)>;

}  // namespace

std::vector<core_row> posting_rows() {
  return {
      {"clock read", clock_read},
      {"bare post", post<io_executor>},
      {"bare post, any_io_executor", post<any_executor>},
      {"channel, 8 contenders", hand_on<channel<io_executor>>},
      {"channel, 8 contenders, any_io_executor", hand_on<channel<any_executor>>},
      {"concurrent_channel, 8 contenders", hand_on<concurrent_channel<io_executor>>},
  };
}

}  // namespace bench
