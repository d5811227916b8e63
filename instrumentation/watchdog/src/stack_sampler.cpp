// SPDX-License-Identifier: BSL-1.0
#include "asioscope/watchdog/stack_sampler.hpp"

#include "is_in_run.hpp"
#include "nap.hpp"
#include "sleeping_stack.hpp"
#include "thread_activity.hpp"

#include "asioscope/watchdog/symboliser.hpp"

#include <execinfo.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <exception>

namespace asioscope::watchdog {
namespace {

using namespace std::chrono_literals;

/// A thread that runs answers within microseconds, one that is waiting for a processor when it gets
/// one.
constexpr auto patience = 200ms;

/// A handler may be between two short system calls: it is looked at a few times before it counts as
/// waiting.
constexpr int looks = 4;
constexpr auto between_looks = 1ms;

constexpr const char* exception_reason = "no stack: an exception was in flight";
constexpr int tries_between_exceptions = 10;
constexpr auto between_tries = 300us;

thread_activity activity_at_last(pid_t thread) {
  auto doing = activity_of(thread);
  for (int look = 1; look < looks && doing.kind == activity::system_call; ++look) {
    nap(between_looks);
    doing = activity_of(thread);
  }
  return doing;
}

enum class phase : int {
  idle,    ///< no request, or the answer was read
  asked,   ///< the request is complete: a handler may take it
  taking,  ///< a handler is writing the answer
  done,    ///< the answer is complete
};

enum class verdict { taken, other_run, exception_in_flight, not_walked };

/// What the sampler asks and the handler answers. One for the process: the signal's handler is one
/// too.
struct exchange {
  /// Release into `asked` publishes the request, into `done` the answer; acquire by the other side.
  std::atomic<phase> step{phase::idle};
  // Relaxed: a late handler may look at the next request while it is being written, and finds that
  // out.
  std::atomic<const recorder::thread_state*> thread{nullptr};
  std::atomic<std::uint64_t> sequence{0};
  std::atomic<recorder::ticks> begin{0};
  verdict answer = verdict::taken;
  int frame_count = 0;
  std::array<void*, 96> frames{};
};
constinit exchange shared;

std::uintptr_t interrupted_at(const void* context) {
  const auto* const machine = &static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(machine->gregs[REG_RIP]);
#elif defined(__aarch64__)
  return machine->pc;
#else
  static_cast<void>(machine);
  return 0;
#endif
}

verdict take_here(const recorder::thread_state& self, const void* context) {
  const auto& run = self.run;
  if (run.sequence.load(std::memory_order_relaxed) !=
          shared.sequence.load(std::memory_order_relaxed) ||
      run.begin.load(std::memory_order_relaxed) != shared.begin.load(std::memory_order_relaxed)) {
    return verdict::other_run;
  }
  // While the stack is being unwound, walking it again is asking for trouble.
  if (std::uncaught_exceptions() > 0) return verdict::exception_in_flight;
  const int count = backtrace(shared.frames.data(), static_cast<int>(shared.frames.size()));
  // The innermost frames are this handler's own.
  const auto place = interrupted_at(context);
  int first = 0;
  while (first < count &&
         reinterpret_cast<std::uintptr_t>(shared.frames[static_cast<std::size_t>(first)]) != place)
    ++first;
  if (first == count) return verdict::not_walked;
  shared.frame_count = count - first;
  std::memmove(shared.frames.data(), shared.frames.data() + first,
               static_cast<std::size_t>(shared.frame_count) * sizeof(void*));
  return verdict::taken;
}

/// Async-signal-safe: lock-free atomics and an unwinder that was loaded before.
void on_signal(int, siginfo_t*, void* context) {
  const int error = errno;
  const auto* const self = recorder::detail::this_thread_state;
  auto expected = phase::asked;
  if (self != nullptr && shared.step.load(std::memory_order_acquire) == phase::asked &&
      shared.thread.load(std::memory_order_relaxed) == self &&
      shared.step.compare_exchange_strong(expected, phase::taking, std::memory_order_acq_rel)) {
    if (shared.thread.load(std::memory_order_relaxed) == self) {
      shared.answer = take_here(*self, context);
      shared.step.store(phase::done, std::memory_order_release);
    } else {
      // The request that this signal belonged to was given up, and the next one is for another
      // thread.
      shared.step.store(phase::asked, std::memory_order_release);
    }
  }
  errno = error;
}

/// The stack of a thread in a system call: copied behind its back, because a signal could cut the
/// call short.
stack_sample take_asleep(const recorder::thread_state* thread, std::int32_t os_id,
                         std::uint64_t sequence, recorder::ticks begin, long call) {
  const auto copy = copy_sleeping_stack(os_id);
  if (!is_in_run(thread, sequence, begin))
    return {{}, "no stack: the run ended before it could be taken"};
  stack_sample sample;
  if (copy) sample.addresses = program_symboliser().walk(*copy);
  if (sample.addresses.size() > 1) return sample;
  return {{},
          "in system call " + system_call_name(call) +
              ", which a signal could cut short, and its stack could not be read: no stack"};
}

/// Empty when the signal is ours now.
std::string install(int signal) {
  struct sigaction present {};
  if (sigaction(signal, nullptr, &present) != 0) {
    return "signal " + std::to_string(signal) + " cannot be used: " + std::strerror(errno);
  }
  if ((present.sa_flags & SA_SIGINFO) != 0 && present.sa_sigaction == on_signal) return {};
  if ((present.sa_flags & SA_SIGINFO) != 0 || present.sa_handler != SIG_DFL) {
    return "signal " + std::to_string(signal) + " is in use by the program";
  }
  struct sigaction ours {};
  ours.sa_sigaction = on_signal;
  ours.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigfillset(&ours.sa_mask);
  if (sigaction(signal, &ours, nullptr) != 0) {
    return "signal " + std::to_string(signal) + " cannot be used: " + std::strerror(errno);
  }
  // It stays installed: a signal still on its way must never meet the default action, which is to
  // die.
  return {};
}

}  // namespace

stack_sampler::stack_sampler(int signal) : signal_(signal != 0 ? signal : SIGRTMIN + 3) {
  // The first call loads a library, which must not happen in a handler.
  std::array<void*, 4> warm_up;
  static_cast<void>(backtrace(warm_up.data(), static_cast<int>(warm_up.size())));
  unavailable_ = install(signal_);
}

stack_sample stack_sampler::take(const recorder::thread_state* thread, std::int32_t os_id,
                                 std::uint64_t sequence, recorder::ticks begin) {
  auto sample = take_once(thread, os_id, sequence, begin);
  // A thread that throws again and again is between two exceptions now and then.
  for (int more = 1; more < tries_between_exceptions && sample.reason == exception_reason; ++more) {
    nap(between_tries);
    sample = take_once(thread, os_id, sequence, begin);
  }
  return sample;
}

stack_sample stack_sampler::take_once(const recorder::thread_state* thread, std::int32_t os_id,
                                      std::uint64_t sequence, recorder::ticks begin) {
  const auto doing = activity_at_last(os_id);
  switch (doing.kind) {
    case activity::running:
      break;
    case activity::system_call:
      return take_asleep(thread, os_id, sequence, begin, doing.number);
    case activity::blocked:
      return {{}, "waiting in the kernel, but in no system call: no stack"};
    case activity::unknown:
      return {{}, "no stack: " + doing.reason};
  }
  if (!unavailable_.empty()) return {{}, "no stack: " + unavailable_};
  const auto blocked = blocks_signal(os_id, signal_);
  if (!blocked) return {{}, "no stack: the thread's signal mask cannot be read"};
  if (*blocked) return {{}, "no stack: the thread blocks signal " + std::to_string(signal_)};

  // A handler of an earlier request that was given up may still be writing.
  auto step = shared.step.load(std::memory_order_acquire);
  if (step == phase::taking) return {{}, "no stack: an earlier one is still being taken"};
  shared.thread.store(thread, std::memory_order_relaxed);
  shared.sequence.store(sequence, std::memory_order_relaxed);
  shared.begin.store(begin, std::memory_order_relaxed);
  shared.step.store(phase::asked, std::memory_order_release);
  if (syscall(SYS_tgkill, getpid(), os_id, signal_) != 0) {
    shared.step.store(phase::idle, std::memory_order_relaxed);
    return {{}, std::string("no stack: the signal was not sent: ") + std::strerror(errno)};
  }
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (shared.step.load(std::memory_order_acquire) != phase::done) {
    if (std::chrono::steady_clock::now() > give_up) {
      auto expected = phase::asked;
      if (shared.step.compare_exchange_strong(expected, phase::idle, std::memory_order_acq_rel)) {
        return {{}, "no stack: the thread did not answer within 200 ms"};
      }
      if (expected == phase::taking) return {{}, "no stack: taking it took longer than 200 ms"};
    }
    nap(50us);
  }
  stack_sample sample;
  switch (shared.answer) {
    case verdict::taken:
      for (int i = 0; i < shared.frame_count; ++i) {
        sample.addresses.push_back(
            reinterpret_cast<std::uintptr_t>(shared.frames[static_cast<std::size_t>(i)]));
      }
      break;
    case verdict::other_run:
      sample.reason = "no stack: the run ended before it could be taken";
      break;
    case verdict::exception_in_flight:
      sample.reason = exception_reason;
      break;
    case verdict::not_walked:
      sample.reason = "no stack: it could not be walked";
      break;
  }
  shared.step.store(phase::idle, std::memory_order_relaxed);
  return sample;
}

}  // namespace asioscope::watchdog
