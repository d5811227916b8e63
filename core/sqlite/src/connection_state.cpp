// SPDX-License-Identifier: BSL-1.0
#include "asioscope/sqlite/detail/connection_state.hpp"

#include "database.hpp"

#include "asioscope/core/config_error.hpp"
#include "asioscope/sqlite/connection.hpp"

#include <boost/asio/error.hpp>

#include <signal.h>

#include <new>

namespace asioscope::sqlite {

namespace detail {

namespace {

database& open_one(session& in) {
  if (in.open == nullptr) throw failure{errc::misuse, "the database is not open"};
  return *in.open;
}

void transaction_is_over(session& in) noexcept {
  if (in.transaction != nullptr) in.transaction->store(false, std::memory_order_relaxed);
  in.transaction.reset();
}

/// Many an error has ended it.
void look_at_transaction(session& in) noexcept {
  if (!in.open->in_transaction()) transaction_is_over(in);
}

void require_open(const transaction_flag& within) {
  if (within != nullptr && !within->load(std::memory_order_relaxed))
    throw failure{errc::rolled_back, "the transaction is over"};
}

void roll_back(session& in) {
  open_one(in).roll_back();
  transaction_is_over(in);
}

void commit(session& in) {
  try {
    open_one(in).run("COMMIT");
  } catch (const failure&) {
    roll_back(in);
    throw;
  }
  transaction_is_over(in);
}

}  // namespace

session::session() noexcept = default;
session::~session() = default;

result run_statement(session& in, const statement& what, rows* found) {
  require_open(what.within);
  try {
    const result done = open_one(in).run(what.sql, what.bound, found);
    look_at_transaction(in);
    return done;
  } catch (const failure&) {
    if (in.open != nullptr) look_at_transaction(in);
    throw;
  }
}

void plain_command::run(session& in, const std::atomic<bool>&) {
  switch (what_) {
    case plain_action::reset:
      roll_back(in);
      break;
    case plain_action::close:
      transaction_is_over(in);
      in.open.reset();
      break;
    case plain_action::commit:
      require_open(within_);
      commit(in);
      break;
    case plain_action::rollback:
      if (within_->load(std::memory_order_relaxed)) roll_back(in);
      break;
  }
}

connection_state::connection_state(const boost::asio::any_io_executor& executor)
    : waiting_state(executor, core::resource_kind::queue, {}) {
  // Signals are for the threads that the user knows of.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { work(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  list();
}

connection_state::~connection_state() {
  unlist();
  stop();
  if (!thread_.joinable()) return;
  // On its own thread: a handler that was the last owner was destroyed where it was to be posted.
  *gone_ = true;
  thread_.detach();
}

void connection_state::add(command& request) { enqueue(request, false); }

void connection_state::add_last(command& request) { enqueue(request, true); }

void connection_state::enqueue(command& request, bool last) {
  core::detail::settled_waiters settled(*this);
  const std::lock_guard lock(mutex_);
  if (!closed_) {
    closed_ = last;
    queue(request, queue_, settled);
    wake_.notify_all();
  } else {
    last ? request.finish({}) : request.fail(core::errc::closed);
    settled.add(request, core::wait_outcome::closed);
  }
}

void connection_state::refuse(command& request, bool last) {
  core::detail::settled_waiters settled(*this);
  const std::lock_guard lock(mutex_);
  closed_ = closed_ || last;
  wake_.notify_all();
  request.fail(core::errc::timed_out);
  settled.add(request, core::wait_outcome::timed_out);
}

void connection_state::cancel(command& request) {
  core::detail::settled_waiters settled(*this);
  const std::lock_guard lock(mutex_);
  end(request, boost::asio::error::operation_aborted, core::wait_outcome::cancelled, settled);
}

void connection_state::expire_command(core::detail::deadline& passed) {
  core::detail::settled_waiters settled(*this);
  const std::lock_guard lock(mutex_);
  if (core::detail::waiter_base* const late = passed.pass())
    end(static_cast<command&>(*late), core::errc::timed_out, core::wait_outcome::timed_out,
        settled);
}

void connection_state::end(command& request, error_code why, core::wait_outcome outcome,
                           core::detail::settled_waiters& settled) noexcept {
  if (request.queued()) {
    queue_.remove(request);
    request.fail(why);
    settled.add(request, outcome);
  } else if (running_ == &request) {
    interrupt(why);
  }
}

void connection_state::interrupt(error_code why) noexcept {
  if (!interrupted_for_) interrupted_for_ = why;
  stop_running_.store(true, std::memory_order_relaxed);
  if (interruptible_ != nullptr) interruptible_->interrupt();
}

void connection_state::stop() noexcept {
  {
    core::detail::settled_waiters settled(*this);
    const std::lock_guard lock(mutex_);
    closed_ = stopping_ = true;
    end_all(boost::asio::error::operation_aborted, core::wait_outcome::cancelled, settled);
    if (running_ != nullptr) interrupt(boost::asio::error::operation_aborted);
    wake_.notify_all();
  }
  const std::lock_guard lock(joining_);
  if (thread_.joinable() && thread_.get_id() != std::this_thread::get_id()) thread_.join();
}

void connection_state::shut_down() noexcept {
  const core::detail::state_ptr<connection_state> self(this);
  {
    const std::lock_guard lock(mutex_);
    context_ends_ = true;
  }
  waiting_state::shut_down();
  stop();
  if (left_ != nullptr) left_->drop();
}

void connection_state::work() noexcept {
  session in;
  bool gone = false;
  gone_ = &gone;
  while (command* const request = gone ? nullptr : next(in)) {
    error_code error;
    std::string message;
    try {
      request->run(in, stop_running_);
    } catch (const failure& failed) {
      error = failed.code;
      message = failed.message;
    } catch (const std::bad_alloc&) {
      error = errc::out_of_memory;
    }
    done(*request, error, std::move(message));
  }
}

command* connection_state::next(session& in) {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return !queue_.empty() || closed_; });
  if (queue_.empty()) return nullptr;
  command& first = queue_.pop_front();
  running_ = &first;
  first.keep_deadline();
  interrupted_for_ = {};
  interruptible_ = first.uses_open_database() ? in.open.get() : nullptr;
  stop_running_.store(false, std::memory_order_relaxed);
  return &first;
}

void connection_state::done(command& request, error_code error, std::string message) noexcept {
  core::detail::settled_waiters settled(*this);
  const std::lock_guard lock(mutex_);
  running_ = nullptr;
  interruptible_ = nullptr;
  request.forget_deadline();
  if (error) message_ = std::move(message);
  if (error && interrupted_for_) error = interrupted_for_;
  if (context_ends_) {
    left_ = &request;
  } else {
    request.finish(error);
    settled.add(request, core::wait_outcome::granted);
  }
}

bool connection_state::is_open() const {
  const std::lock_guard lock(mutex_);
  return !closed_;
}

std::string connection_state::last_message() const {
  const std::lock_guard lock(mutex_);
  return message_;
}

void connection_state::describe(core::resource_description& description) const {
  const std::lock_guard lock(mutex_);
  describe_waiters(description);
}

}  // namespace detail

void begin_command::run(detail::session& in, const std::atomic<bool>&) {
  detail::database& open = detail::open_one(in);
  open.run(open.read_only() ? "BEGIN" : "BEGIN IMMEDIATE");
  begun_ = in.transaction = std::make_shared<std::atomic<bool>>(true);
}

void open_command::run(detail::session& in, const std::atomic<bool>& stop) {
  in.open = std::make_unique<detail::database>(options_, stop);
}

void check(const open_options& options) {
  core::require_config(!options.path.empty(), "open.path", "is needed");
  core::require_config(options.busy_timeout.count() >= 0, "open.busy_timeout",
                       "must not be negative");
}

}  // namespace asioscope::sqlite
