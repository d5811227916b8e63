// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/awaits.hpp"

#include "asioscope/model/limits.hpp"
#include "asioscope/model/text.hpp"

#include <algorithm>

namespace asioscope::model {

void await_table::begin_snapshot() {
  places_.clear();
  chains_.clear();
}

void await_table::fold(const schema::await_place& place) {
  if (places_.size() >= limits::await_places && !places_.contains(place.id)) {
    ++refused_;
    return;
  }
  schema::await_place& known = places_[place.id];
  known = place;
  known.function = clean_text(place.function, limits::name_bytes);
  known.file = clean_text(place.file, limits::name_bytes);
}

void await_table::fold(const schema::await_chain& chain) {
  if (chain.places.empty()) return forget(chain.task);
  if (chains_.size() >= limits::await_chains && !chains_.contains(chain.task)) {
    ++refused_;
    return;
  }
  schema::await_chain& known = chains_[chain.task];
  known = chain;
  known.operation = clean_text(chain.operation, limits::name_bytes);
  known.trace_id = clean_text(chain.trace_id, limits::name_bytes);
  clean_texts(known.scopes, limits::scopes, limits::name_bytes);
  if (known.places.size() > limits::stack_frames) known.places.resize(limits::stack_frames);
}

std::vector<const schema::await_place*> await_table::steps(std::uint64_t task) const {
  std::vector<const schema::await_place*> result;
  const schema::await_chain* const chain = find(task);
  if (chain == nullptr) return result;
  for (const std::uint64_t id : chain->places) {
    const auto place = places_.find(static_cast<std::uint32_t>(id));
    if (place != places_.end()) result.push_back(&place->second);
  }
  std::reverse(result.begin(), result.end());
  return result;
}

// A program lists no more of a chain, from its inner end: the outermost is not among them.
constexpr std::size_t may_be_cut = 64;

const schema::await_place* await_table::outermost(std::uint64_t task) const {
  const schema::await_chain* const chain = find(task);
  if (chain == nullptr || chain->places.empty() || chain->places.size() >= may_be_cut)
    return nullptr;
  const auto place = places_.find(static_cast<std::uint32_t>(chain->places.back()));
  return place == places_.end() ? nullptr : &place->second;
}

std::string await_table::operation(std::uint64_t task) const {
  const schema::await_chain* const chain = find(task);
  return chain == nullptr ? std::string() : chain->operation;
}

const schema::await_chain* await_table::find(std::uint64_t task) const {
  const auto chain = chains_.find(task);
  return chain == chains_.end() ? nullptr : &chain->second;
}

std::string await_table::text(std::uint64_t task, const std::string& what) const {
  const auto known = steps(task);
  if (known.empty()) return what;
  const schema::await_place& innermost = *known.back();
  std::string result = what;
  if (!result.empty()) result += " in ";
  result += innermost.function;
  if (const std::string line = line_text(innermost); !line.empty()) result += ", " + line;
  return result;
}

std::string annotations_text(const std::vector<std::string>& scopes, const std::string& trace_id) {
  std::string text;
  for (const std::string& each : scopes)
    text += (text.empty() ? "in scope " : " > ") + each;
  if (!trace_id.empty()) text += (text.empty() ? "trace " : ", trace ") + trace_id;
  return text;
}

std::string line_text(const schema::await_place& place) {
  if (place.file.empty()) return {};
  return place.file.substr(place.file.find_last_of('/') + 1) + ":" + std::to_string(place.line);
}

}  // namespace asioscope::model
