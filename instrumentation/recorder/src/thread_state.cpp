// SPDX-License-Identifier: BSL-1.0
#include "asioscope/recorder/thread_state.hpp"

#include "registry.hpp"
#include "slow_samples.hpp"

#include "asioscope/recorder/note.hpp"
#include "asioscope/recorder/published.hpp"
#include "asioscope/recorder/thread_name.hpp"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <new>

namespace asioscope::recorder {

namespace {

constexpr std::size_t gone_threads_kept = 16;
constexpr std::size_t ended_rings_kept = 16;
constexpr std::size_t ended_rings_remembered = 4096;

/// Runs when a thread ends, after the destructors of its thread_local objects, which may still post
/// work.
pthread_key_t exit_key() {
  static const pthread_key_t key = [] {
    pthread_key_t made;
    pthread_key_create(&made, [](void* state) {
      detail::this_thread_state = nullptr;
      delete static_cast<thread_state*>(state);
    });
    return made;
  }();
  return key;
}

}  // namespace

namespace detail {

constinit thread_local thread_state* this_thread_state = nullptr;

thread_state& make_thread_state() {
  initialise_clock();
  auto* const made = new thread_state;
  this_thread_state = made;
  pthread_setspecific(exit_key(), made);
  return *made;
}

}  // namespace detail

thread_state::thread_state() : os_id(static_cast<std::int32_t>(syscall(SYS_gettid))) {
  registry& r = the_registry();
  const std::lock_guard lock(r.mutex);
  id = r.next_thread++;
  r.threads.push_back(this);
  publish_thread(*this);
}

thread_state::~thread_state() {
  registry& r = the_registry();
  const std::lock_guard lock(r.mutex);
  withdraw_thread(*this);
  std::erase(r.threads, this);
  const thread_figures ended = figures_of_thread(*this);
  for (auto& slot : loops) {
    loop_cells* const held = slot.load(std::memory_order_relaxed);
    if (held == nullptr) continue;
    auto& retired = r.retired[held->loop];
    if (!retired) retired = std::make_unique<loop_cells>();
    fold(*held, *retired);
    delete held;
  }
  if (event_ring<>* const held = ring.load(std::memory_order_relaxed)) {
    r.retired_events += held->head();
    r.ended_rings.push_back({id, held->head(), std::unique_ptr<event_ring<>>(held)});
    if (r.readers == 0) {
      r.ended_rings.clear();
    } else {
      // What is known of the oldest ones shrinks: first the events go, then the knowledge how many
      // there were.
      if (r.ended_rings.size() > ended_rings_kept)
        r.ended_rings[r.ended_rings.size() - 1 - ended_rings_kept].ring.reset();
      if (r.ended_rings.size() > ended_rings_remembered) r.ended_rings.pop_front();
    }
  }
  r.gone_threads.push_back(
      {{id, os_id, thread_name(os_id), true},
       {id, std::max(busy_reported, to_nanoseconds(ended.busy)),
        std::max(idle_reported, to_nanoseconds(ended.idle)), cpu_time_of(os_id)}});
  if (r.gone_threads.size() > gone_threads_kept) r.gone_threads.pop_front();
}

loop_cells& thread_state::cells_of(loop_record& loop) {
  auto& slot = loops[loop.id];
  loop_cells* held = slot.load(std::memory_order_relaxed);
  if (held == nullptr) {
    held = new loop_cells;
    held->loop = loop.id;
    held->record = &loop;
    // Release: a snapshot that sees the address sees zeros behind it.
    slot.store(held, std::memory_order_release);
  }
  return *held;
}

loop_cells& thread_state::look_up(const void* key) {
  const std::uint32_t generation = loop_generation.load(std::memory_order_relaxed);
  loop_cells& found = cells_of(loop_of_context(key));
  cache_[slot_of(key)] = {key, generation, &found};
  return found;
}

thread_state::paused_run thread_state::pause_run() noexcept {
  return {begin,       std::exchange(paused, 0),
          delay,       run.task.load(std::memory_order_relaxed),
          cells,       std::exchange(share, {}),
          first_task,  std::exchange(launching, nullptr),
          hop_key,     error_category,
          operation,   run.site.load(std::memory_order_relaxed),
          depth,       flags,
          claimed,     requeued,
          used_strand, by_hooks};
}

void thread_state::continue_run(const paused_run& outer) noexcept {
  // `begin` is still that of the inner run: the outer one goes on as if it had begun that much
  // later.
  const ticks now = now_ticks();
  const ticks lent = now - begin + paused;
  begin = outer.begin + lent;
  paused = outer.paused + lent;
  share = outer.share;
  share.lent += lent;
  first_task = outer.first_task;
  launching = outer.launching;
  delay = outer.delay;
  cells = outer.cells;
  hop_key = outer.hop_key;
  error_category = outer.error_category;
  operation = outer.operation;
  depth = outer.depth;
  flags = outer.flags;
  claimed = outer.claimed;
  requeued = outer.requeued;
  used_strand = outer.used_strand;
  by_hooks = outer.by_hooks;
  last_end = 0;
  run.site.store(outer.site, std::memory_order_relaxed);
  run.loop.store(cells->loop, std::memory_order_relaxed);
  run.task.store(outer.owner, std::memory_order_relaxed);
  run.begin.store(begin, std::memory_order_release);
}

void thread_state::take_rest(task_ref owner) noexcept {
  if (owner.id == 0) return;
  claimed = run_claim::rest_taken;
  charge_from(owner, now_ticks());
}

void thread_state::end_of_rare_run(ticks end, ticks duration) noexcept {
  if ((flags & schema::run_flag_hop) != 0) {
    cells->hops.add(1);
    cells->hop_busy.add(duration);
  } else {
    book_rare_run(end, duration);
  }
  if (tracing()) trace_run(duration);
}

void thread_state::book_rare_run(ticks end, ticks duration) noexcept {
  const site_id site = run.site.load(std::memory_order_relaxed);
  const bool slow = duration > detail::slow_threshold.load(std::memory_order_relaxed);
  if (slow) flags |= schema::run_flag_slow;
  bool counted = false;
  if (handler_cells* const c = cells->handlers.at(site)) {
    c->run.record(duration);
    if (slow) c->slow_time.add(duration);
    if ((flags & schema::run_flag_delay) != 0) {
      c->delay.record(delay);
      if ((flags & schema::run_flag_strand) != 0) cells->strand_wait.record(strand_wait());
    }
    c->longest.raise_to(duration);
    if (slow) c->slow.add(1);
    counted = true;
    if ((flags & schema::run_flag_exception) != 0) c->failed.add(1);
    if ((flags & schema::run_flag_error) != 0) {
      if (error_cells* const categories = c->errors_by_category();
          categories != nullptr && error_category != nullptr)
        categories->add(error_category);
      c->errors.add(1);
    }
    if ((flags & schema::run_flag_cancelled) != 0) c->cancelled.add(1);
  }
  error_category = nullptr;
  if (!slow) return;
  note about;
  about.kind = schema::report_kind::slow;
  about.thread = id;
  about.loop = cells->loop;
  about.site = site;
  about.task = owner();
  about.begin = end - duration;
  about.duration = duration;
  about.delay = (flags & schema::run_flag_delay) != 0 ? delay : 0;
  about.thread_cpu_ns = cpu_time_of(os_id);
  about.trace_id = trace_id_of_run(*this, about.task);
  if (counted) keep_slow_run(about);
  leave_note(std::move(about));
}

/// How long the handler that runs would have waited less, had its strand been free: its delay
/// without the time that the pass through the strand's queue itself waited for a thread.
ticks thread_state::strand_wait() const noexcept {
  const ticks ready = begin - std::min(delay, begin);
  const ticks both_waited_since = std::max(ready, strand.ready);
  const ticks for_thread = strand.begin > both_waited_since ? strand.begin - both_waited_since : 0;
  return delay > for_thread ? delay - for_thread : 0;
}

void note_runner(loop_cells& cells, const thread_state& thread) noexcept {
  std::uint32_t none = 0;
  loop_record& loop = *cells.record;
  if (!loop.first_runner.compare_exchange_strong(none, thread.id, std::memory_order_relaxed) &&
      none != thread.id)
    loop.shared.store(true, std::memory_order_relaxed);
}

void count_unrun(thread_state& thread, loop_id loop, site_id site) noexcept {
  loop_cells& cells = thread.cells_of(loop_by_id(loop));
  if (handler_cells* const c = cells.handlers.at(site)) c->unrun.add(1);
  if (tracing())
    thread.put({now_ticks(), pack_head(schema::event_kind::unrun, 0, loop, site), 0, 0});
}

void note_failure(thread_state& thread, std::string message, std::string text, loop_id loop,
                  task_id task, std::vector<passed_place> places) noexcept {
  const bool in_run = thread.depth != 0;
  note about;
  about.kind = schema::report_kind::failure;
  about.thread = thread.id;
  about.loop = loop;
  about.site = in_run ? thread.run.site.load(std::memory_order_relaxed) : other_site;
  about.task = task;
  about.begin = in_run ? thread.begin : now_ticks();
  about.duration = in_run ? now_ticks() - thread.begin : 0;
  about.message = std::move(message);
  about.text = std::move(text);
  about.places = std::move(places);
  if (in_run)
    about.trace_id = trace_id_of_run(thread, thread.run.task.load(std::memory_order_relaxed));
  leave_note(std::move(about));
}

void note_failure(thread_state& thread, std::string message, std::string text) noexcept {
  note_failure(thread, std::move(message), std::move(text),
               thread.run.loop.load(std::memory_order_relaxed),
               thread.run.task.load(std::memory_order_relaxed), {});
}

void thread_state::make_ring(const event_ring<>::words& event) noexcept {
  try {
    offer_ring(*this, false);
    ring.load(std::memory_order_acquire)->put(event);
  } catch (const std::bad_alloc&) {
    // No memory for a trace: the figures go on without it.
  }
}

void offer_ring(thread_state& t, bool prefault) {
  if (t.ring.load(std::memory_order_relaxed) != nullptr) return;
  auto made = std::make_unique<event_ring<>>(ring_capacity);
  if (prefault) made->prefault();
  event_ring<>* none = nullptr;
  if (t.ring.compare_exchange_strong(none, made.get(), std::memory_order_release,
                                     std::memory_order_relaxed))
    static_cast<void>(made.release());
}

void visit_threads(void (*visit)(thread_state&, void*), void* context) {
  registry& r = the_registry();
  const std::lock_guard lock(r.mutex);
  for (thread_state* const t : r.threads)
    visit(*t, context);
}

}  // namespace asioscope::recorder
