// SPDX-License-Identifier: BSL-1.0
#include "watched_thread.hpp"

#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <vector>

namespace asioscope::test_kit::detail {

namespace {

struct registry {
  std::mutex mutex;
  std::vector<watched_thread*> threads;
  std::set<const boost::asio::execution_context*> contexts;
};

// Never destroyed: threads may end after it otherwise.
registry& all() {
  static registry& only = *new registry;
  return only;
}

}  // namespace

watched_thread::watched_thread() : handle(pthread_self()), id(gettid()) {
  const std::lock_guard lock(all().mutex);
  all().threads.push_back(this);
}

watched_thread::~watched_thread() {
  const std::lock_guard lock(all().mutex);
  std::erase(all().threads, this);
}

watched_thread& this_watched_thread() {
  thread_local watched_thread self;
  return self;
}

void for_each_watched_thread(const std::function<void(watched_thread&)>& function) {
  const std::lock_guard lock(all().mutex);
  for (watched_thread* const each : all().threads)
    function(*each);
}

bool was_run(const boost::asio::execution_context& context) {
  const std::lock_guard lock(all().mutex);
  return all().contexts.contains(&context);
}

void forget_earlier_runs(const boost::asio::execution_context& context) {
  const std::lock_guard lock(all().mutex);
  all().contexts.erase(&context);
  for (watched_thread* const each : all().threads)
    if (each->context == &context) {
      if (each->depth > 0)
        all().contexts.insert(&context);
      else
        each->context = nullptr;
    }
}

run_mark::run_mark(const boost::asio::execution_context* context)
    : thread_(this_watched_thread()), outer_(thread_.context.load(std::memory_order_relaxed)) {
  if (context != nullptr && outer_ != context) {
    const std::lock_guard lock(all().mutex);
    all().contexts.insert(context);
    thread_.context.store(context, std::memory_order_relaxed);
  }
  ++thread_.changes;
  ++thread_.depth;
}

run_mark::~run_mark() {
  if (--thread_.depth > 0) thread_.context.store(outer_, std::memory_order_relaxed);
  ++thread_.changes;
}

}  // namespace asioscope::test_kit::detail
