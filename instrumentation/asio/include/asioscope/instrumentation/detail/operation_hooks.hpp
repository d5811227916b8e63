// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/instrumentation/detail/exception_filter.hpp"
#include "asioscope/instrumentation/detail/loop_hooks.hpp"
#include "asioscope/instrumentation/detail/operation_traits.hpp"
#include "asioscope/recorder/thread_state.hpp"

#include <boost/system/error_code.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <utility>

/// What Asio's handler tracking calls. Everything runs on the user's threads: see
/// recorder/thread_state.hpp.
namespace asioscope::hooks {

/// Base class of every operation: empty, so that the layout of operations stays as it is.
struct tracked_handler {
 protected:
  ~tracked_handler() = default;
};

/// A source location around an initiation.
struct location {
  location(const char*, int, const char*) noexcept {}
};

template <class... Args>
void ignore(const Args&...) noexcept {}

/// The reactor performed I/O for an operation: its time belongs to no run.
template <class Op, class... Args>
void reactor_operation(const Op&, const Args&...) noexcept {
  recorder::thread_state* const thread = recorder::detail::this_thread_state;
  if (thread != nullptr && thread->depth == 0) thread->last_end = 0;
}

/// What is known of an operation type at compile time.
template <class Op>
struct traits {
  using handler = typename handler_of<Op>::type;
  static constexpr operation_kind kind = kind_of<Op>();
  static constexpr bool strand_pass = is_strand_pass<Op>();
  static constexpr bool transparent = is_transparent<Op>();
  static constexpr bool erased = is_erased<Op>;
  static constexpr bool coroutine = resumes_coroutine<handler>();
  /// Index into loop_cells::created and settled.
  static constexpr unsigned waiting = kind == operation_kind::posted ? 0 : 1;
};

/// The same at run time, one object per operation type.
struct operation_type {
  recorder::site_anchor* anchor;
  const void* hop_key;
  unsigned waiting;
  operation_kind kind;
  bool strand_pass;
  bool transparent;
  bool coroutine;
};
template <class Op>
inline constexpr operation_type type_of{
    &asioscope::detail::handler_site<typename traits<Op>::handler>::anchor,
    traits<Op>::coroutine || traits<Op>::erased ? nullptr : hop_keys<Op>::running,
    traits<Op>::waiting,
    traits<Op>::kind,
    traits<Op>::strand_pass,
    traits<Op>::transparent,
    traits<Op>::coroutine};

inline std::uint32_t operation_token(const void* op) noexcept {
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(op) >> 4);
}

/// Notices when a run only queues its own handler again: a strand, a bound executor.
template <class Op>
void notice_hop(recorder::thread_state& thread) noexcept {
  if constexpr (traits<Op>::erased) {
    thread.requeued = true;  // whether it is the same handler will show at the end of the run
  } else if constexpr (hop_keys<Op>::may_be_hop) {
    if (thread.depth == 1 && thread.hop_key == hop_keys<Op>::created)
      thread.flags |= schema::run_flag_hop;
  }
}

/// Code of type-erased functions that turned out to be invokers of strands, which only run others.
inline constinit std::array<std::atomic<const void*>, 2> invokers{};

inline bool is_invoker(const void* code) noexcept {
  return invokers[0].load(std::memory_order_relaxed) == code ||
         invokers[1].load(std::memory_order_relaxed) == code;
}

inline void learn_invoker(const void* code) noexcept {
  for (auto& each : invokers) {
    const void* none = nullptr;
    if (each.compare_exchange_strong(none, code, std::memory_order_relaxed) || none == code) return;
  }
}

/// The lowest bit of a type-erased operation's stamp: what it carries is recorded by itself. Both
/// round up, so that the operation never seems to have been queued earlier than it was.
constexpr recorder::stamp carrier_bit = 1;
template <class Op>
recorder::stamp with_carrier_bit(recorder::thread_state& thread, const Op& op,
                                 recorder::stamp ready) noexcept {
  const bool carries = std::exchange(thread.submits, false) ||
                       is_invoker(erased_code<Op, typename base_of<Op>::type>(op));
  if (carries) return ready | carrier_bit;
  const recorder::stamp even = (ready + carrier_bit) & ~carrier_bit;
  return even != recorder::no_stamp ? even : recorder::unknown_stamp + 1;
}

template <class Op>
recorder::stamp ready_stamp(recorder::thread_state& thread, const Op& op, recorder::ticks now,
                            const char* object_type, const void* object) noexcept {
  if constexpr (traits<Op>::kind == operation_kind::timer) {
    // A timer's implementation begins with its expiry.
    if (object != nullptr && object_type[0] == 'd')
      return thread.stamp_of(*static_cast<const std::int64_t*>(object));
    return recorder::unknown_stamp;
  } else {
    recorder::stamp s = recorder::proper_stamp(now);
    if constexpr (traits<Op>::erased) s = with_carrier_bit(thread, op, s);
    thread.last_created = s;
    return s;
  }
}

/// Of "strand" and "strand_executor", among the names that Asio gives its objects. They are
/// literals: nothing of this is left when the program runs.
constexpr bool is_strand(const char* object_type) noexcept {
  return object_type[0] == 's' && object_type[1] == 't';
}

/// An operation comes into being. Called with the concrete operation.
template <class Context, class Op>
void creation(Context& context, Op& op, const char* object_type, const void* object, std::uintmax_t,
              const char* operation) noexcept {
  if (!recorder::recording()) [[unlikely]]
    return;
  if constexpr (has_spare_word<Op>) {
    using t = traits<Op>;
    recorder::thread_state& thread = recorder::this_thread();
    const recorder::ticks now = recorder::now_ticks();
    const recorder::stamp ready = ready_stamp(thread, op, now, object_type, object);
    spare_word<Op>::of(op) = ready;
    notice_hop<Op>(thread);
    if (is_strand(object_type)) thread.used_strand = true;
    if constexpr (t::transparent) {
      thread.submits = false;
      return;
    }
    if constexpr (t::erased) {
      if ((ready & carrier_bit) != 0) return;
    }
    if constexpr (t::coroutine) {
      if (recorder::task_record* const task = std::exchange(thread.initiator, nullptr))
        task->operation.store(operation, std::memory_order_relaxed);
    }
    recorder::loop_cells& cells = thread.cells_of(&context);
    cells.created[t::waiting].add(1);
    using site = asioscope::detail::handler_site<typename t::handler>;
    if (site::anchor.id.load(std::memory_order_relaxed) == 0)
      site::operation.store(operation, std::memory_order_relaxed);
    if (site::anchor.loop.load(std::memory_order_relaxed) != cells.loop) {
      site::anchor.loop.store(cells.loop, std::memory_order_relaxed);
      if (!cells.record->watched.load(std::memory_order_relaxed)) [[unlikely]]
        watch_loop(context);
    }
    if (recorder::tracing()) [[unlikely]]
      thread.put(
          {now,
           recorder::pack_head(schema::event_kind::created, 0, cells.loop, recorder::other_site), 0,
           (thread.run.task.load(std::memory_order_relaxed) & 0xFFFFFFFFU) |
               std::uint64_t{operation_token(&op)} << 32});
  }
}

/// An operation is taken out of Asio's hands: its handler runs, or is destroyed without. Lives on
/// the stack around that.
class completion {
 public:
  template <class Op>
  explicit completion(const Op& op) noexcept {
    if constexpr (has_spare_word<Op>) {
      stamp_ = spare_word<Op>::of(const_cast<Op&>(op));
      // Counted in when it was created, or to be recorded now.
      if (stamp_ == recorder::no_stamp && !recorder::recording()) [[unlikely]]
        return;
      state_ = state::created;
      nested_ = false;
      type_ = &type_of<Op>;
      token_ = operation_token(&op);
      if constexpr (traits<Op>::erased) code_ = erased_code<Op, typename base_of<Op>::type>(op);
    }
  }

  completion(const completion&) = delete;
  completion& operator=(const completion&) = delete;

  ~completion() {
    if (state_ != state::idle) [[unlikely]]
      abandon();
  }

  void invocation_begin() noexcept {
    if (state_ == state::created) begin(0);
  }
  template <class... Results>
  void invocation_begin(const boost::system::error_code& ec, const Results&...) noexcept {
    if (state_ != state::created) return;
    const std::uint8_t flags = flags_of(ec);
    begin(flags);
    if (flags == schema::run_flag_error && state_ == state::running) [[unlikely]]
      recorder::this_thread().error_category = ec.category().name();
  }
  void invocation_end() noexcept {
    if (state_ == state::in_strand) leave_strand();
    if (state_ != state::running) return;
    if (nested_ || marker.has_captured()) [[unlikely]]
      note_captured();
    end();
  }

 private:
  enum class state : std::uint8_t {
    idle,     // nothing to do any more
    created,  // not begun yet
    running,
    in_strand,  // runs the handlers in the queue of a strand
  };

  static std::uint8_t flags_of(const boost::system::error_code& ec) noexcept {
    constexpr int operation_aborted = 125;  // ECANCELED
    if (!ec) [[likely]]
      return 0;
    return ec.value() == operation_aborted && ec.category() == boost::system::system_category()
               ? schema::run_flag_cancelled
               : schema::run_flag_error;
  }

  void begin(std::uint8_t flags) noexcept {
    // What nearly always holds is looked at without a call: it costs registers.
    recorder::thread_state* const thread = recorder::detail::this_thread_state;
    const recorder::site_id site = type_->anchor->known();
    if (thread == nullptr || !marker.on_top() || thread->depth != 0 || type_->transparent ||
        code_ != nullptr || site == recorder::unknown_site || !recorder::recording()) [[unlikely]]
      return begin_slowly(flags);
    begin(flags, *thread, *marker.cells(), site);
  }

  [[gnu::noinline]] void begin_slowly(std::uint8_t flags) noexcept {
    recorder::thread_state& thread = recorder::this_thread();
    recorder::loop_cells* const cells = running_loop(thread);
    state_ = state::idle;
    if (cells == nullptr) [[unlikely]]
      return;
    // That a handler itself gave something to a strand that was free says nothing of the handler.
    // An instrumented strand to which it is bound does the same, and counts it.
    if (thread.depth != 0 && thread.by_hooks && marker.on_top() &&
        (!thread.used_strand || transparent())) [[unlikely]]
      run_is_an_invokers(thread);
    if (transparent()) {
      // The proof that this thread did not wait must be that of the operation that came from the
      // queue.
      if (!surely_queued(thread, *cells)) {
        if (thread.depth == 0 && recorder::recording())
          thread.book_wait(*cells, recorder::now_ticks());
        thread.last_end = 0;
      }
      if (type_->strand_pass && recorder::recording()) enter_strand(thread);
      return;
    }
    if (!recorder::recording()) [[unlikely]] {
      settle(*cells);
      return;
    }
    nested_ = thread.depth != 0;
    if (nested_) outer_ = thread.pause_run();
    begin(flags, thread, *cells, site());
    if (code_ != nullptr) thread.hop_key = code_;
  }

  /// Only runs what is recorded by itself.
  [[nodiscard]] bool transparent() const noexcept {
    return type_->transparent || (code_ != nullptr && (stamp_ & carrier_bit) != 0);
  }

  /// This operation completes directly within another, with no run() in between: the other one is
  /// the invoker of a strand that was made on a type-erased executor, and no handler.
  static void run_is_an_invokers(recorder::thread_state& thread) noexcept {
    thread.flags |= schema::run_flag_hop;
    thread.by_hooks = false;
    if (thread.hop_key != nullptr && !thread.used_strand) learn_invoker(thread.hop_key);
  }

  void enter_strand(recorder::thread_state& thread) noexcept {
    state_ = state::in_strand;
    outer_strand_ = thread.strand;
    const recorder::ticks now = recorder::now_ticks();
    thread.strand = {now, now};
    if (stamp_ <= recorder::unknown_stamp) return;
    if (const auto waited = recorder::since_stamp(now, stamp_); waited > 0)
      thread.strand.ready = now - static_cast<recorder::ticks>(waited);
  }

  void leave_strand() noexcept {
    state_ = state::idle;
    recorder::this_thread().strand = outer_strand_;
  }

  void begin(std::uint8_t flags, recorder::thread_state& thread, recorder::loop_cells& cells,
             recorder::site_id site) noexcept {
    state_ = state::running;
    settle(cells);
    recorder::run_start start;
    start.cells = &cells;
    start.site = site;
    start.flags = flags;
    if (thread.strand.begin != 0) [[unlikely]]
      start.flags |= schema::run_flag_strand;
    start.operation = token_;
    set_ready(start, thread, cells);
    thread.begin_run(start);
    thread.hop_key = type_->hop_key;
    thread.by_hooks = true;
    if (type_->kind == operation_kind::timer && start.ready_known) cells.lag.record(thread.delay);
  }

  /// What was created is no longer waiting.
  void settle(recorder::loop_cells& cells) const noexcept {
    if (stamp_ != recorder::no_stamp) cells.settled[type_->waiting].add(1);
  }

  /// When the operation became ready, and whether this thread surely found it in the queue at the
  /// end of its previous run.
  void set_ready(recorder::run_start& start, const recorder::thread_state& thread,
                 const recorder::loop_cells& cells) const noexcept {
    start.ready = stamp_;
    start.ready_known = stamp_ > recorder::unknown_stamp;
    switch (type_->kind) {
      case operation_kind::posted:
        start.begin_may_be_shared = surely_queued(thread, cells);
        break;
      case operation_kind::timer:
        // A cancelled timer became ready when it was cancelled: unknown.
        if ((start.flags & schema::run_flag_cancelled) != 0) start.ready_known = false;
        break;
      case operation_kind::io: {
        // Ready when the reactor last returned, unless it was created later and completed at once.
        const recorder::ticks turn = cells.record->turn_end.load(std::memory_order_relaxed);
        if (!cells.record->turns_seen.load(std::memory_order_relaxed)) start.ready_known = false;
        if (turn == 0 || !start.ready_known) break;
        if (recorder::since_stamp(turn, stamp_) > 0) start.ready = recorder::to_stamp(turn);
        break;
      }
      case operation_kind::other:
        start.ready_known = false;
        break;
    }
  }

  /// Sharing the end of the previous run as the begin of this one is right only if this operation
  /// was queued before that end, no other thread takes work from this loop, and the thread did not
  /// leave run() in between (then last_end is 0).
  [[nodiscard]] bool surely_queued(const recorder::thread_state& thread,
                                   const recorder::loop_cells& cells) const noexcept {
    const recorder::ticks previous = thread.proven_last_end();
    if (previous == 0 || stamp_ <= recorder::unknown_stamp || thread.depth != 0) return false;
    const auto before = static_cast<std::int32_t>(recorder::to_stamp(previous) - stamp_);
    return (before > 0 || (before == 0 && stamp_ == thread.last_created)) &&
           !cells.record->shared.load(std::memory_order_relaxed);
  }

  [[nodiscard]] recorder::site_id site() const noexcept {
    if (code_ == nullptr) [[likely]]
      return type_->anchor->get();
    return recorder::site_of_code(schema::site_kind::handler, code_, "type-erased handler",
                                  "execute");
  }

  void end() noexcept {
    state_ = state::idle;
    recorder::thread_state& thread = recorder::this_thread();
    // A coroutine that was not resumed while something was queued: it is resumed there.
    if (type_->coroutine && thread.requeued && thread.claimed == recorder::run_claim::open)
      thread.flags |= schema::run_flag_hop;
    thread.end_run();
    if (nested_) [[unlikely]]
      return thread.continue_run(outer_);
  }

  /// A function that the handler dispatched inline may have thrown: that leaves run() with it.
  [[gnu::noinline, gnu::cold]] static void note_captured() noexcept {
    const asio_detail::thread_info_base* const info = run_stack::top();
    if (info == nullptr || captured_count(*info) == 0) return;
    recorder::thread_state& thread = recorder::this_thread();
    if (asioscope::detail::exception_leaves_run(thread, captured_exception(*info)))
      thread.flags |= schema::run_flag_exception;
  }

  /// The handler threw, or is destroyed without having run.
  [[gnu::noinline, gnu::cold]] void abandon() noexcept {
    recorder::thread_state& thread = recorder::this_thread();
    if (state_ == state::in_strand) {
      leave_strand();
    } else if (state_ == state::running) {
      if (asioscope::detail::exception_leaves_run(thread))
        thread.flags |= schema::run_flag_exception;
      end();
    } else if (!transparent()) {
      // Asio destroys operations unrun when their context is destroyed only: what was pending there
      // is of no interest any more, and need not be settled. Which loop it was is known by the
      // latest operation of this type only.
      recorder::count_unrun(thread, type_->anchor->loop.load(std::memory_order_relaxed), site());
    }
  }

  recorder::stamp stamp_ = recorder::no_stamp;
  std::uint32_t token_;
  state state_ = state::idle;
  bool nested_;  // inside another run
  const operation_type* type_;
  const void* code_ = nullptr;                // of a type-erased handler
  recorder::thread_state::paused_run outer_;  // set when nested_
  recorder::strand_pass outer_strand_;        // set when in_strand
};

}  // namespace asioscope::hooks
