// SPDX-License-Identifier: BSL-1.0
#include "widgets/text_filter.hpp"

#include <algorithm>
#include <utility>

namespace asioscope::viewer {
namespace {

constexpr std::string_view separators = ", ";
constexpr std::size_t most_known = 4'096;

char lowered(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

// Names in programs are ASCII with rare exceptions; those are compared as they are.
std::string lowered(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char letter) { return lowered(letter); });
  return result;
}

bool ends_a_term(std::string_view text, std::size_t after) {
  return after == text.size() || separators.find(text[after]) != std::string_view::npos;
}

// Where the pattern that begins at the start of `text` ends; npos: it is none.
std::size_t end_of_pattern(std::string_view text) {
  for (std::size_t place = 1; place < text.size(); ++place) {
    if (text[place] == '\\') {
      ++place;
    } else if (text[place] == '/' && ends_a_term(text, place + 1)) {
      return place;
    }
  }
  return std::string_view::npos;
}

// "/orders" is a word, "/(orders" is a pattern that somebody is about to type.
bool is_meant_as_pattern(std::string_view word) {
  return word.find_first_of("\\[](){}^$|*+?") != std::string_view::npos;
}

}  // namespace

text_filter::text_filter(std::string_view words, std::span<const filter_field> fields)
    : fields_(fields.begin(), fields.end()) {
  for (std::size_t begin = words.find_first_not_of(separators);
       begin != std::string_view::npos && error_.empty();
       begin = words.find_first_not_of(separators)) {
    words.remove_prefix(begin);
    add(words);
  }
}

// Takes a term from the start of `rest`.
void text_filter::add(std::string_view& rest) {
  term added;
  if (rest.front() == '-') {
    added.is_wanted = false;
    rest.remove_prefix(1);
  }
  for (std::size_t index = 0; index < fields_.size(); ++index) {
    const std::string_view name = fields_[index].name;
    const bool is_named = rest.size() > name.size() && rest[name.size()] == ':' &&
                          lowered(rest.substr(0, name.size())) == name &&
                          rest.substr(name.size()).substr(0, 2) != "::";
    if (!is_named) continue;
    added.field = index;
    added.is_whole = fields_[index].is_whole;
    rest.remove_prefix(name.size() + 1);
    break;
  }
  std::size_t end = std::min(rest.find_first_of(separators), rest.size());
  if (rest.starts_with('/')) {
    if (const std::size_t closed = end_of_pattern(rest); closed != std::string_view::npos) {
      added.expression.emplace(rest.substr(1, closed - 1));
      if (!added.expression->error().empty())
        error_ = std::string(rest.substr(0, closed + 1)) + ": " + added.expression->error();
      end = closed + 1;
    } else if (is_meant_as_pattern(rest.substr(0, end))) {
      error_ = std::string(rest) + ": a pattern ends with /";
      end = rest.size();
    }
  } else if (rest.starts_with('"')) {
    const std::size_t closed = rest.find('"', 1);
    added.word = lowered(rest.substr(1, closed == std::string_view::npos ? closed : closed - 1));
    rest.remove_prefix(closed == std::string_view::npos ? rest.size() : closed + 1);
    end = 0;
  }
  if (added.word.empty() && !added.expression) added.word = lowered(rest.substr(0, end));
  rest.remove_prefix(end);
  if (added.expression || !added.word.empty()) terms_.push_back(std::move(added));
}

bool text_filter::term::matches(std::string_view text) const {
  if (expression) {
    std::string asked(text);
    if (const auto found = known.find(asked); found != known.end()) return found->second;
    if (known.size() == most_known) known.clear();
    const bool result = expression->occurs_in(text);
    known.emplace(std::move(asked), result);
    return result;
  }
  if (is_whole && text.size() != word.size()) return false;
  const auto is_same = [](char one, char other) { return lowered(one) == other; };
  return word.empty() ||
         std::search(text.begin(), text.end(), word.begin(), word.end(), is_same) != text.end();
}

bool text_filter::passes(std::string_view text) const {
  return std::ranges::all_of(
      terms_, [&](const term& each) { return each.matches(text) == each.is_wanted; });
}

bool text_filter::passes(const std::function<std::string(std::size_t)>& text_of) const {
  return std::ranges::all_of(terms_, [&](const term& each) {
    if (each.field) return each.matches(text_of(*each.field)) == each.is_wanted;
    bool occurs = false;
    for (std::size_t index = 0; index < fields_.size() && !occurs; ++index)
      occurs = !fields_[index].is_asked_by_name && each.matches(text_of(index));
    return occurs == each.is_wanted;
  });
}

}  // namespace asioscope::viewer
