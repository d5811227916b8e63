// SPDX-License-Identifier: BSL-1.0
// Before main and after it.
#include "scenario.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <unistd.h>

#include <cstdlib>
#include <memory>

namespace asio = boost::asio;
using configurations::tally;

namespace {

void post_some(tally& t, asio::io_context& loop, int n = 10) {
  for (int i = 0; i < n; ++i)
    asio::post(loop, t.handler());
}

asio::io_context global_loop;

struct posts_before_main {
  posts_before_main() {
    post_some(configurations::the_tally(), global_loop);
    configurations::the_tally().loops_left = 1;
  }
} const posted;

}  // namespace

CONFIGURATIONS_SCENARIO(global_io_context) {
  t.check_now("in main");
  global_loop.run();
  t.expect(t.ran == 10, "what was posted before main runs");
  post_some(t, global_loop);  // dies with the loop, after main
}

namespace {

/// Made and destroyed by whoever uses it; in its destructor it runs what is left.
class last_words {
 public:
  explicit last_words(tally& t) : tally_(t) { post_some(t, loop_); }
  ~last_words() {
    loop_.run();
    post_some(tally_, loop_);
  }

 private:
  tally& tally_;
  asio::io_context loop_;
};

std::unique_ptr<asio::thread_pool> pool_of_the_program;

}  // namespace

CONFIGURATIONS_SCENARIO(static_destruction) {
  // Functions registered earlier run later: the last one sees everything else destroyed.
  std::atexit([] {
    _exit(configurations::report(static_destruction_scenario, configurations::the_tally()));
  });
  static const last_words words(t);
  pool_of_the_program = std::make_unique<asio::thread_pool>(2);
  for (int i = 0; i < 10; ++i)
    asio::post(*pool_of_the_program, t.handler());
  static const auto join_at_exit = std::shared_ptr<void>(nullptr, [](void*) {
    pool_of_the_program->join();
    pool_of_the_program.reset();
  });
  std::exit(0);
}
