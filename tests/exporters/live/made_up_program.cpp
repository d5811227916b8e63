// SPDX-License-Identifier: BSL-1.0
#include "made_up_program.hpp"

#include <algorithm>
#include <utility>

namespace asioscope::live::testing {

schema::event event_number(std::uint64_t index) {
  schema::event result;
  result.loop = 1;
  result.site = 2;
  result.time_ns = static_cast<std::int64_t>(index) * 1'000;
  result.duration_ns = 500 + index % 100;
  result.operation = static_cast<std::uint32_t>(index);
  return result;
}

class made_up_events final : public event_source {
 public:
  explicit made_up_events(made_up_program& program) : program_(program) {
    const std::lock_guard lock{program_.mutex_};
    ++program_.traces_;
    next_ = program_.recorded_;
  }

  ~made_up_events() override {
    const std::lock_guard lock{program_.mutex_};
    --program_.traces_;
  }

  void read(schema::trace& out, std::size_t limit) override {
    const std::lock_guard lock{program_.mutex_};
    const std::uint64_t end = program_.recorded_;
    const std::uint64_t oldest = end - std::min(end, program_.ring_size_);
    if (next_ < oldest) {
      out.gaps.push_back(
          {1, oldest - next_, event_number(next_).time_ns, event_number(oldest).time_ns});
      next_ = oldest;
    }
    schema::event_batch batch{1, {}};
    while (next_ < end && batch.events.size() < limit)
      batch.events.push_back(event_number(next_++));
    program_.given_out_ += batch.events.size();
    if (!batch.events.empty()) out.batches.push_back(std::move(batch));
  }

 private:
  made_up_program& program_;
  std::uint64_t next_ = 0;
};

class made_up_source final : public data_source {
 public:
  explicit made_up_source(made_up_program& program) : program_(program) {}

  schema::hello hello() override {
    schema::hello result;
    result.program = "made-up";
    result.pid = 4711;
    return result;
  }

  schema::snapshot take_snapshot() override {
    const std::lock_guard lock{program_.mutex_};
    ++program_.snapshots_;
    return program_.state_;
  }

  recorder::report_page reports_since(std::uint64_t sequence) override {
    const std::lock_guard lock{program_.mutex_};
    recorder::report_page result = program_.reports_;
    std::erase_if(result.reports, [&](const schema::report& each) { return each.id <= sequence; });
    return result;
  }

  bool tracing() override { return program_.traces() > 0; }

  std::unique_ptr<event_source> trace() override {
    return std::make_unique<made_up_events>(program_);
  }

 private:
  made_up_program& program_;
};

void made_up_program::change(const std::function<void(schema::snapshot&)>& how) {
  const std::lock_guard lock{mutex_};
  how(state_);
}

void made_up_program::publish(schema::report value) {
  const std::lock_guard lock{mutex_};
  value.id = ++reports_.sequence;
  reports_.reports.push_back(std::move(value));
}

void made_up_program::record_events(std::uint64_t count) {
  const std::lock_guard lock{mutex_};
  recorded_ += count;
}

std::uint64_t made_up_program::recorded() const {
  const std::lock_guard lock{mutex_};
  return recorded_;
}

std::uint64_t made_up_program::given_out() const {
  const std::lock_guard lock{mutex_};
  return given_out_;
}

int made_up_program::traces() const {
  const std::lock_guard lock{mutex_};
  return traces_;
}

std::uint64_t made_up_program::snapshots() const {
  const std::lock_guard lock{mutex_};
  return snapshots_;
}

std::unique_ptr<data_source> made_up_program::source() {
  return std::make_unique<made_up_source>(*this);
}

}  // namespace asioscope::live::testing
