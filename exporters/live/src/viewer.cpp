// SPDX-License-Identifier: BSL-1.0
#include "viewer.hpp"

#include "changes.hpp"
#include "chunks.hpp"

#include <utility>

namespace asioscope::live {
namespace {

/// What the little that a viewer may say can unfold to in memory.
constexpr std::size_t input_memory = std::size_t{1} << 20;

/// A viewer learns that the program is there even when nothing happens in it.
constexpr std::chrono::seconds heartbeat{1};

/// How long a goodbye may take to get through.
constexpr std::chrono::seconds leave_time{2};

constexpr std::size_t events_at_once = 100'000;

}  // namespace

viewer::viewer(net::connection& peer, viewer_list& others, data_source& source)
    : peer_(peer),
      others_(others),
      place_(others.insert(others.end(), this)),
      source_(source),
      arrived_(clock::now()),
      decoder_(greeting_bytes, input_memory) {}

viewer::~viewer() { others_.erase(place_); }

std::size_t viewer::on_data(net::connection& /*self*/, std::string_view input) {
  const std::size_t size = input.size();
  if (leaving_) return size;
  if (!said_.greeted()) received_ += size;
  decoder_.feed(input);
  while (auto message = decoder_.next()) {
    const bool greeted_before = said_.greeted();
    if (auto objection = said_.take(*message)) {
      take_leave(std::move(*objection));
      return size;
    }
    if (!greeted_before) append(source_.hello());
  }
  if (!decoder_.error().empty()) {
    take_leave(decoder_.error());
  } else if (said_.left()) {
    peer_.drop("the viewer left");
  } else if (said_.greeted()) {
    obey();
  } else if (received_ > greeting_bytes) {
    take_leave("no hello within " + std::to_string(greeting_bytes) + " bytes");
  }
  return size;
}

void viewer::on_drained(net::connection& /*self*/) { queue_waiting(); }

void viewer::expect_greeting(clock::time_point then) {
  if (!leaving_ && !said_.greeted() && arrived_ < then) take_leave("no hello in time");
}

bool viewer::is_ready() const noexcept { return said_.greeted() && !leaving_ && waiting_.empty(); }

void viewer::read_events() {
  // Not before it has the snapshot, whose frames hold no events.
  if (events_ && known_) events_->read(trace_, events_at_once);
}

void viewer::show(const std::shared_ptr<const schema::snapshot>& now_known, clock::time_point now) {
  static const schema::snapshot nothing;
  const bool first = known_ == nullptr;
  schema::frame next = changes(first ? nothing : *known_, *now_known);
  next.snapshot = first;
  next.snapshot_end = first;
  next.tracing = source_.tracing();
  recorder::report_page page = source_.reports_since(reports_known_);
  next.reports = std::move(page.reports);
  next.events = std::exchange(trace_.batches, {});
  next.messages = std::exchange(trace_.messages, {});
  next.gaps = std::exchange(trace_.gaps, {});
  known_ = now_known;
  reports_known_ = page.sequence;
  const bool silent = !first && !is_news(next) && next.tracing == tracing_known_;
  if (silent && now - last_frame_ < heartbeat) return;

  tracing_known_ = next.tracing;
  last_frame_ = now;
  for (schema::frame& part : split(std::move(next)))
    append(std::move(part));
}

void viewer::take_leave(std::string reason) {
  if (leaving_) return;
  leaving_ = true;
  events_.reset();
  waiting_.clear();
  std::string bytes;
  schema::encode(schema::goodbye{std::move(reason)}, bytes);
  peer_.expire_after(leave_time);
  peer_.send(std::move(bytes));
  peer_.finish();
}

/// Does what the viewer asked for.
void viewer::obey() {
  if (!said_.wants_trace()) {
    events_.reset();
  } else if (!events_) {
    events_ = source_.trace();
  }
}

void viewer::append(const schema::message& value) {
  std::string bytes;
  schema::encode(value, bytes);
  waiting_.push_back(std::move(bytes));
  queue_waiting();
}

void viewer::queue_waiting() {
  while (!waiting_.empty() && waiting_.front().size() <= peer_.room()) {
    peer_.send(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  // Nothing will ever make room for it.
  if (!waiting_.empty() && peer_.queued() == 0) take_leave("a message exceeds the buffer");
}

}  // namespace asioscope::live
