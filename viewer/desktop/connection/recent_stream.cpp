// SPDX-License-Identifier: BSL-1.0
#include "connection/recent_stream.hpp"

#include "asioscope/model/snapshot_writer.hpp"
#include "asioscope/schema/codec.hpp"

#include <variant>

namespace asioscope::viewer {
namespace {

// What is kept was read once already.
void fold_again(const std::string& bytes, model::program& into) {
  schema::decoder decoder;
  decoder.feed(bytes);
  const auto message = decoder.next();
  if (message && std::holds_alternative<schema::frame>(*message))
    into.fold(std::get<schema::frame>(*message));
}

}  // namespace

void recent_stream::begin(const schema::hello& greeting) {
  pieces_.clear();
  bytes_ = 0;
  base_.emplace(greeting, 0);
}

void recent_stream::take(const schema::frame& frame, std::string_view bytes) {
  if (!base_) return;
  if (!base_->complete()) return base_->fold(frame);
  const std::int64_t now = frame.time.monotonic_ns;
  pieces_.push_back({now, std::make_shared<const std::string>(bytes)});
  bytes_ += bytes.size();
  while (!pieces_.empty() &&
         (bytes_ > most_.bytes || now - pieces_.front().time_ns > most_.span_ns)) {
    fold_again(*pieces_.front().bytes, *base_);
    bytes_ -= pieces_.front().bytes->size();
    pieces_.pop_front();
  }
}

std::optional<recent_stream::extent> recent_stream::kept() const {
  if (!base_ || !base_->complete()) return std::nullopt;
  const std::int64_t begin = base_->time().monotonic_ns;
  return extent{.begin_ns = begin,
                .end_ns = pieces_.empty() ? begin : pieces_.back().time_ns,
                .bytes = bytes_};
}

void recent_stream::write(std::int64_t begin_ns, std::int64_t end_ns,
                          const std::function<bool(std::string_view)>& sink) const {
  if (!kept()) return;
  model::program base = *base_;
  auto next = pieces_.begin();
  for (; next != pieces_.end() && next->time_ns <= begin_ns; ++next)
    fold_again(*next->bytes, base);
  bool is_open = true;
  const auto write = [&](std::string_view bytes) { return is_open = is_open && sink(bytes); };
  model::write_snapshot(base, write);
  for (; next != pieces_.end() && next->time_ns <= end_ns && is_open; ++next)
    write(*next->bytes);
}

}  // namespace asioscope::viewer
