// SPDX-License-Identifier: BSL-1.0
#include "asioscope/watchdog/crash_line.hpp"

#include "fake_handler.hpp"

#include "asioscope/recorder/loop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csetjmp>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

// The sanitizers have handlers of their own, which end the process in their own way.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ASIOSCOPE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ASIOSCOPE_SANITIZED 1
#endif
#endif

namespace {

using namespace asioscope;
// Some of them only without sanitizers.
using testing::HasSubstr;     // NOLINT(misc-unused-using-decls)
using testing::MatchesRegex;  // NOLINT(misc-unused-using-decls)
using testing::Not;           // NOLINT(misc-unused-using-decls)

/// How a child process ended, and what it said.
struct ending {
  int status = 0;
  std::string text;

  [[nodiscard]] int signal() const { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }
  [[nodiscard]] int code() const { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }
};

ending run_child(const std::function<void()>& program) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    program();
    _exit(0);
  }
  close(ends[1]);
  ending result;
  char part[512];
  for (ssize_t n = 0; (n = read(ends[0], part, sizeof part)) > 0;)
    result.text.append(part, static_cast<std::size_t>(n));
  close(ends[0]);
  waitpid(child, &result.status, 0);
  return result;
}

void name_the_loop(const char* name) {
  recorder::set_loop_name(&test::running_handler::loop_key, name);
}

void fault() {
  volatile int* volatile nowhere = nullptr;
  *nowhere = 1;
}
#if !defined(ASIOSCOPE_SANITIZED)

void bus_error() {
  // Beyond the end of a file there is nothing to map.
  char name[] = "/tmp/asioscope-crash-XXXXXX";
  const int file = mkstemp(name);
  unlink(name);
  auto* const page =
      static_cast<volatile char*>(mmap(nullptr, 4096, PROT_READ, MAP_SHARED, file, 0));
  static_cast<void>(page[0]);
}
void division_by_zero() { raise(SIGFPE); }
void illegal_instruction() { __builtin_trap(); }
void uncaught() {
  std::thread([] {
    const test::running_handler running("handle_throw");
    throw std::runtime_error("nobody wants it");
  }).join();
}

struct crash {
  const char* name;
  void (*happen)();
  int signal;
};
void PrintTo(const crash& value, std::ostream* out) { *out << value.name; }

class crash_line_test : public testing::TestWithParam<crash> {};

TEST_P(crash_line_test, says_what_was_running_and_the_program_dies_as_ever) {
  const auto program = [&] {
    name_the_loop("shop");
    const test::running_handler running("handle_order");
    GetParam().happen();
  };
  const auto plain = run_child(program);
  const auto told = run_child([&] {
    const watchdog::crash_line line;
    program();
  });
  EXPECT_EQ(plain.signal(), GetParam().signal);
  EXPECT_EQ(told.status, plain.status);
  EXPECT_THAT(plain.text, Not(HasSubstr("asioscope")));
  EXPECT_THAT(told.text, HasSubstr("asioscope: " + std::string("SIG") +
                                   sigabbrev_np(GetParam().signal) + " in \"handle_"));
  EXPECT_THAT(told.text, HasSubstr(" on loop \"shop\" (thread "));
  // What the program says besides stays.
  EXPECT_THAT(told.text, HasSubstr(plain.text));
}

INSTANTIATE_TEST_SUITE_P(each, crash_line_test,
                         testing::Values(crash{"segv", fault, SIGSEGV},
                                         crash{"bus", bus_error, SIGBUS},
                                         crash{"fpe", division_by_zero, SIGFPE},
                                         crash{"ill", illegal_instruction, SIGILL},
                                         crash{"abort", std::abort, SIGABRT},
                                         crash{"uncaught", uncaught, SIGABRT},
                                         crash{"sent", [] { kill(getpid(), SIGSEGV); }, SIGSEGV}),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(crash_line, is_one_line_with_all_loops) {
  const auto told = run_child([] {
    const watchdog::crash_line line;
    name_the_loop("shop");
    static int other_loop = 0;
    recorder::set_loop_name(&other_loop, "d\"b\n");
    std::atomic<bool> running = false;
    std::thread other([&] {
      auto& thread = recorder::this_thread();
      recorder::run_start start;
      start.cells = &thread.cells_of(&other_loop);
      start.site = recorder::register_site(schema::site_kind::handler, "query", "post");
      thread.begin_run(start);
      running = true;
      pause();
    });
    while (!running) {
    }
    const test::running_handler mine("handle_order");
    test::spin_for(std::chrono::milliseconds(12));
    fault();
    other.join();
  });
  EXPECT_THAT(told.text,
              MatchesRegex("asioscope: SIGSEGV in \"handle_order\" on loop \"shop\" \\(thread "
                           "[0-9]+, running for [0-9]+ ms\\); loop \"d'b \": \"query\"\n"));
}

TEST(crash_line, outside_of_handlers) {
  const auto told = run_child([] {
    const watchdog::crash_line line;
    fault();
  });
  EXPECT_THAT(told.text, MatchesRegex("asioscope: SIGSEGV in thread [0-9]+, which was running no "
                                      "handler\n"));
}

TEST(crash_line, of_threads_that_are_gone_says_nothing) {
  const auto told = run_child([] {
    const watchdog::crash_line line;
    for (int i = 0; i < 300; ++i)
      std::thread([] { const test::running_handler running("long gone"); }).join();
    fault();
  });
  EXPECT_THAT(told.text, Not(HasSubstr("long gone")));
  EXPECT_EQ(told.signal(), SIGSEGV);
}

TEST(crash_line, is_written_once_by_many_threads) {
  for (int i = 0; i < 20; ++i) {
    const auto told = run_child([] {
      const watchdog::crash_line line;
      std::atomic<int> waiting = 0;
      std::vector<std::thread> threads;
      for (int n = 0; n < 4; ++n)
        threads.emplace_back([&] {
          const test::running_handler running("all at once");
          ++waiting;
          while (waiting < 4) {
          }
          fault();
        });
      threads.front().join();
    });
    EXPECT_EQ(told.signal(), SIGSEGV);
    EXPECT_EQ(std::count(told.text.begin(), told.text.end(), '\n'), 1) << told.text;
  }
}

[[gnu::noinline]] int overflow(int depth) {
  if (depth < 0) return 0;
  volatile char room[4096] = {};
  room[depth % 4096] = 1;
  return overflow(depth + 1) + room[depth % 7];
}

TEST(crash_line, of_a_stack_overflow_needs_the_programs_own_alternate_stack) {
  const auto program = [](bool alternate) {
    return [alternate] {
      const watchdog::crash_line line;
      std::vector<char> room(std::size_t{64} * 1024);
      stack_t stack{};
      stack.ss_sp = room.data();
      stack.ss_size = room.size();
      if (alternate) sigaltstack(&stack, nullptr);
      const test::running_handler running("recursion");
      _exit(overflow(0));
    };
  };
  const auto with = run_child(program(true));
  const auto without = run_child(program(false));
  EXPECT_EQ(with.signal(), SIGSEGV);
  EXPECT_EQ(without.signal(), SIGSEGV);
  EXPECT_THAT(with.text, HasSubstr("SIGSEGV in \"recursion\""));
  EXPECT_EQ(without.text, "");
}

// What the handler of the program sees when it is called after ours.
sigset_t blocked_in_handler;
bool on_alternate_stack = false;
siginfo_t told_of{};
sigjmp_buf back;

void note_and_leave(int, siginfo_t* info, void*) {
  sigprocmask(SIG_BLOCK, nullptr, &blocked_in_handler);
  stack_t stack{};
  sigaltstack(nullptr, &stack);
  on_alternate_stack = (stack.ss_flags & SS_ONSTACK) != 0;
  told_of = *info;
  siglongjmp(back, 1);
}

TEST(crash_line, comes_before_the_programs_handler_which_runs_under_its_own_terms) {
  const auto told = run_child([] {
    static char room[64 * 1024];
    stack_t stack{};
    stack.ss_sp = room;
    stack.ss_size = sizeof room;
    sigaltstack(&stack, nullptr);
    struct sigaction own {};
    own.sa_sigaction = &note_and_leave;
    own.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaddset(&own.sa_mask, SIGUSR1);
    sigaction(SIGSEGV, &own, nullptr);
    const watchdog::crash_line line;
    if (sigsetjmp(back, 1) == 0) fault();
    const bool right = sigismember(&blocked_in_handler, SIGUSR1) == 1 &&
                       sigismember(&blocked_in_handler, SIGUSR2) == 0 &&
                       sigismember(&blocked_in_handler, SIGSEGV) == 1 && on_alternate_stack &&
                       told_of.si_code == SEGV_MAPERR && told_of.si_addr == nullptr;
    _exit(right ? 17 : 18);
  });
  EXPECT_EQ(told.code(), 17);
  EXPECT_THAT(told.text, HasSubstr("asioscope: SIGSEGV"));
}

TEST(crash_line, also_before_a_simple_handler) {
  const auto told = run_child([] {
    signal(SIGABRT, [](int) { _exit(19); });
    const watchdog::crash_line line;
    std::abort();
  });
  EXPECT_EQ(told.code(), 19);
  EXPECT_THAT(told.text, HasSubstr("asioscope: SIGABRT"));
}

TEST(crash_line, leaves_ignored_signals_and_later_handlers_alone) {
  const auto told = run_child([] {
    signal(SIGFPE, SIG_IGN);
    {
      const watchdog::crash_line line;
      raise(SIGFPE);
      signal(SIGSEGV, [](int) { _exit(20); });
    }
    raise(SIGFPE);
    raise(SIGSEGV);
  });
  EXPECT_EQ(told.code(), 20);
  EXPECT_EQ(told.text, "");
}

TEST(crash_line, is_gone_with_its_object_and_in_a_forked_child) {
  const auto gone = run_child([] {
    { const watchdog::crash_line line; }
    struct sigaction now {};
    sigaction(SIGSEGV, nullptr, &now);
    if (now.sa_handler != SIG_DFL) _exit(1);
    fault();
  });
  EXPECT_EQ(gone.signal(), SIGSEGV);
  EXPECT_EQ(gone.text, "");
  const auto forked = run_child([] {
    const watchdog::crash_line line;
    const pid_t child = fork();
    if (child == 0) fault();
    int status = 0;
    waitpid(child, &status, 0);
    _exit(WIFSIGNALED(status) ? WTERMSIG(status) : 0);
  });
  EXPECT_EQ(forked.code(), SIGSEGV);
  EXPECT_EQ(forked.text, "");
}

#else

TEST(crash_line, comes_before_the_report_of_the_sanitizer) {
  const auto told = run_child([] {
    const watchdog::crash_line line;
    name_the_loop("shop");
    const test::running_handler running("handle_order");
    fault();
  });
  const auto ours = told.text.find("asioscope: SIGSEGV in \"handle_order\" on loop \"shop\"");
  const auto theirs = told.text.find("Sanitizer");
  EXPECT_LT(ours, theirs) << told.text;
  EXPECT_NE(theirs, std::string::npos) << told.text;
}

#endif

TEST(crash_line, fits_into_any_buffer) {
  std::vector<char> room(1);
  EXPECT_EQ(watchdog::describe_crash(SIGSEGV, room), 1U);
  EXPECT_EQ(room[0], '\n');
  room.resize(20);
  EXPECT_EQ(watchdog::describe_crash(SIGSEGV, room), 20U);
  EXPECT_EQ(std::string(room.begin(), room.end()), "asioscope: SIGSEGV \n");
}

}  // namespace
