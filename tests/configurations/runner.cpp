// SPDX-License-Identifier: BSL-1.0
// Runs one scenario and holds what the recorder says against what the scenario knows. Without Asio,
// so that it may be linked to anything.
#include "runner.hpp"

#include "scenario.hpp"

#include "asioscope/recorder/recorder.hpp"
#include "asioscope/recorder/thread_state.hpp"

#include <cstdio>
#include <cstring>
#include <exception>

namespace configurations {
namespace {

scenario* first = nullptr;

/// What the recorder says of all loops together.
struct figures {
  std::uint64_t run = 0;
  std::uint64_t hops = 0;
  std::uint64_t dropped = 0;
  std::uint64_t pending = 0;
  std::uint64_t failed = 0;
  std::uint64_t tasks = 0;
  std::uint64_t tasks_ended = 0;
  std::uint64_t loops = 0;

  figures() {
    const auto now = asioscope::recorder::take_snapshot();
    for (const auto& site : now.site_stats) {
      run += site.run.count();
      dropped += site.unrun;
      failed += site.failed;
    }
    for (const auto& loop : now.loop_stats) {
      hops += loop.hops;
      pending += loop.pending + loop.outstanding;
    }
    for (const auto& task : now.task_stats) {
      tasks += task.spawned;
      tasks_ended += task.finished;
    }
    for (const auto& loop : now.loops)
      loops += loop.gone ? 0 : 1;
  }
};

std::string difference(const char* what, std::uint64_t said, std::uint64_t truth) {
  if (said == truth) return {};
  return std::string(what) + " " + std::to_string(said) + " instead of " + std::to_string(truth) +
         "; ";
}

std::string compare(const figures& r, const tally& t) {
  return difference("run", r.run + (t.with_hops ? r.hops : 0), t.ran) +
         difference("dropped", r.dropped, t.dropped) +
         difference("pending", r.pending, t.created - t.ran - t.dropped) +
         difference("exceptions", r.failed, t.threw);
}

}  // namespace

scenario::scenario(const char* name_, void (*run_)(tally&), bool with_hooks_)
    : name(name_), run(run_), with_hooks(with_hooks_), next(std::exchange(first, this)) {}

tally& the_tally() {
  static auto& account = *new tally;
  return account;
}

void tally::check_now(const char* when) {
  if (!recorded) return;
  const std::string wrong = compare(figures(), *this);
  if (!wrong.empty()) note((std::string(when) + ": " + wrong).c_str());
}

void tally::ran_on_this_thread(std::uint64_t n) {
  const std::uint64_t begun = asioscope::recorder::this_thread().run.sequence;
  ran_by_asio(begun);
  expect(begun <= n && begun + n / 20 >= n, "all that run() counted was begun");
}

int report(const scenario& s, tally& t) {
  const figures r;
  std::string wrong = t.problems;
  if (t.recorded) {
    wrong += compare(r, t) + difference("tasks", r.tasks, t.tasks) +
             difference("tasks ended", r.tasks_ended, t.tasks) +
             difference("living loops", r.loops, t.loops_left);
  }
  // The truth first: it must be the same with hooks and without.
  std::string row = std::string("row ") + s.name;
  const auto add = [&row](std::uint64_t n) { row += ' ' + std::to_string(n); };
  add(t.created);
  add(t.ran);
  add(t.dropped);
  row += " |";
  add(t.created);
  add(r.run + (t.with_hops ? r.hops : 0));
  add(r.dropped);
  add(r.pending);
  row += ' ' + (wrong.empty() ? "ok" : wrong);
  std::puts(row.c_str());
  std::fflush(stdout);
  return wrong.empty() ? 0 : 1;
}

}  // namespace configurations

using configurations::first;

int run_scenario(int count, char** arguments) {
  if (count == 2 && std::strcmp(arguments[1], "--list") == 0) {
    for (const auto* s = first; s != nullptr; s = s->next)
      std::puts(s->name);
    return 0;
  }
  for (auto* s = first; count == 2 && s != nullptr; s = s->next) {
    if (std::strcmp(arguments[1], s->name) != 0) continue;
    auto& account = configurations::the_tally();
    account.recorded = s->with_hooks;
    try {
      s->run(account);
    } catch (const std::exception& error) {
      std::printf("row %s 0 0 0 | 0 0 0 0 exception: %s\n", s->name, error.what());
      return 1;
    }
    return configurations::report(*s, account);
  }
  std::fprintf(stderr, "usage: %s --list | SCENARIO\n", arguments[0]);
  return 2;
}
