// SPDX-License-Identifier: BSL-1.0
// A batch job: what it recorded is pushed when its loop has nothing left to do. Link what the
// executor way needs and asioscope::metrics.
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <asioscope/instrumentation/instrumented_executor.hpp>
#include <asioscope/metrics/push_gateway.hpp>
#include <asioscope/session/session.hpp>

#include <exception>
#include <iostream>

namespace asio = boost::asio;

int main() try {
  asioscope::session session({.metrics = false});
  asio::io_context loop;
  const auto executor = asioscope::instrument(loop, "main");
  asio::post(executor, [] { std::cout << "the work of the night\n"; });
  loop.run();
  asioscope::metrics::push_gateway({.job = "nightly"}).push();
} catch (const std::exception& error) {
  std::cerr << "not pushed: " << error.what() << '\n';
}
