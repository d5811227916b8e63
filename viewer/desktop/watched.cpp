// SPDX-License-Identifier: BSL-1.0
#include "watched.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace asioscope::viewer {

watched::watched(const target& wanted, panel first, std::function<void()> changed,
                 std::size_t trace_events)
    : shell_(first), link_(wanted, std::move(changed), trace_events) {}

wishes watched::draw(scene now, const viewer::habits& used_to) {
  look_at_saving();
  shell_.adopt(used_to);
  now.connection = link_.status();
  now.programs = link_.programs();
  now.revision = revision();
  now.saving = saving_;
  wishes result;
  if (frozen_) {
    now.program = &*frozen_;
    result = shell_.draw(now, true);
  } else {
    link_.read([&](const model::model& model) {
      now.program = model.current();
      result = shell_.draw(now, false);
    });
  }
  result.go_on = result.go_on || saving_.now == saving::phase::going_on;
  return result;
}

void watched::grant(const wishes& wanted) {
  link_.want_trace(wanted.trace);
  if (wanted.show_until) link_.show_until(*wanted.show_until);
  if (wanted.save) save(*wanted.save);
  if (!wanted.toggle_pause) return;
  if (frozen_) {
    frozen_.reset();
    return;
  }
  frozen_revision_ = link_.revision();
  link_.read([this](const model::model& model) {
    if (model.current() != nullptr) frozen_ = *model.current();
  });
}

void watched::watch(const target& wanted) {
  frozen_.reset();
  link_.watch(wanted);
}

std::uint64_t watched::revision() const { return frozen_ ? frozen_revision_ : link_.revision(); }

bool watched::has_program() const {
  return link_.read([](const model::model& model) { return model.current() != nullptr; });
}

tab_entry watched::entry() const {
  const target wanted = link_.status().wanted;
  return link_.read([&wanted](const model::model& model) {
    const model::program* const program = model.current();
    if (program == nullptr) return tab_entry{describe(wanted), false};
    const auto& reports = program->reports().by_id();
    return tab_entry{program->identity().program,
                     std::ranges::any_of(reports, [](const auto& each) {
                       return each.second.ongoing && each.second.kind == schema::report_kind::stall;
                     })};
  });
}

// The disk may be slow; the picture goes on meanwhile.
void watched::save(const save_request& wanted) {
  if (saving_.now == saving::phase::going_on) return;
  saving_ = {saving::phase::going_on, wanted.path, {}};
  saved_ = std::async(std::launch::async, [this, wanted] {
    return link_.save(wanted.path, wanted.begin_ns, wanted.end_ns);
  });
}

void watched::look_at_saving() {
  if (!saved_.valid() || saved_.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
    return;
  saving_.error = saved_.get();
  saving_.now = saving_.error.empty() ? saving::phase::done : saving::phase::failed;
}

}  // namespace asioscope::viewer
