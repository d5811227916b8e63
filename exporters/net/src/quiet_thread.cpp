// SPDX-License-Identifier: BSL-1.0
#include "asioscope/net/quiet_thread.hpp"

#include "asioscope/net/unique_fd.hpp"

#include <csignal>
#include <memory>
#include <system_error>
#include <utility>

namespace asioscope::net {

namespace {

struct start {
  std::string name;
  std::function<void()> body;
};

extern "C" void* asioscope_quiet_thread_main(void* argument) {
  const std::unique_ptr<start> what(static_cast<start*>(argument));
  ::pthread_setname_np(::pthread_self(), what->name.c_str());
  what->body();
  return nullptr;
}

}  // namespace

quiet_thread::quiet_thread(std::string name, std::function<void()> body) : forks_(forks_so_far()) {
  auto what = std::make_unique<start>(start{std::move(name), std::move(body)});
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  // A thread inherits the mask of the one that makes it.
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = ::pthread_create(&thread_, nullptr, &asioscope_quiet_thread_main, what.get());
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) throw std::system_error(error, std::system_category(), "cannot start a thread");
  what.release();
  joinable_ = true;
}

void quiet_thread::join() noexcept {
  if (!joinable_) return;
  joinable_ = false;
  if (!left_behind()) ::pthread_join(thread_, nullptr);
}

bool quiet_thread::is_current() const noexcept {
  return ::pthread_equal(thread_, ::pthread_self()) != 0;
}

bool quiet_thread::left_behind() const noexcept { return forks_ != forks_so_far(); }

}  // namespace asioscope::net
