// SPDX-License-Identifier: BSL-1.0
#include "widgets/pattern.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

namespace asioscope::viewer {
namespace {

constexpr std::uint32_t unbounded = std::numeric_limits<std::uint32_t>::max();

struct wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

bool is_word(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '_';
}

std::size_t index_of(char letter) { return static_cast<unsigned char>(letter); }

}  // namespace

/// Recursive descent into a tree, then the tree into steps: a repetition is its inside several
/// times.
class pattern_compiler {
 public:
  pattern_compiler(std::string_view expression, pattern& into) : rest_(expression), into_(into) {}

  void compile() {
    const std::size_t root = alternatives();
    if (!rest_.empty()) throw wrong(") without (");
    const std::uint32_t found = add({.what = operation::found, .next = 0, .other = 0, .set = 0});
    into_.first_ = emit(root, found);
  }

 private:
  using operation = pattern::operation;
  using letters = pattern::letters;

  struct node {
    enum class kind : std::uint8_t { sequence, alternatives, repetition, step };

    kind of = kind::sequence;
    std::vector<std::size_t> parts = {};
    std::uint32_t least = 0;  // of a repetition
    std::uint32_t most = 0;
    pattern::step what = {};  // of a step
  };

  std::size_t make(node made) {
    nodes_.push_back(std::move(made));
    return nodes_.size() - 1;
  }

  std::size_t make_step(operation what, std::uint32_t set = 0) {
    node made;
    made.of = node::kind::step;
    made.what = {.what = what, .next = 0, .other = 0, .set = set};
    return make(std::move(made));
  }

  std::size_t make_letters(const letters& set) {
    into_.sets_.push_back(set);
    return make_step(operation::letter, static_cast<std::uint32_t>(into_.sets_.size() - 1));
  }

  bool take(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }

  char next(const char* otherwise) {
    if (rest_.empty()) throw wrong(otherwise);
    const char letter = rest_.front();
    rest_.remove_prefix(1);
    return letter;
  }

  std::size_t alternatives() {
    node result;
    result.of = node::kind::alternatives;
    result.parts.push_back(sequence());
    while (take("|"))
      result.parts.push_back(sequence());
    return make(std::move(result));
  }

  std::size_t sequence() {
    node result;
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')')
      result.parts.push_back(repeated());
    return make(std::move(result));
  }

  std::size_t repeated() {
    std::size_t inside = single();
    while (const auto often = repetition()) {
      node result;
      result.of = node::kind::repetition;
      result.parts = {inside};
      result.least = often->first;
      result.most = often->second;
      inside = make(std::move(result));
      // Whether it takes as little as it can makes no difference to what is found.
      static_cast<void>(take("?"));
    }
    return inside;
  }

  using times = std::pair<std::uint32_t, std::uint32_t>;

  std::optional<times> repetition() {
    if (take("*")) return times{0, unbounded};
    if (take("+")) return times{1, unbounded};
    if (take("?")) return times{0, 1};
    return braces();
  }

  // "{2}", "{2,}", "{2,5}"; anything else is what it is.
  std::optional<times> braces() {
    std::string_view text = rest_;
    if (!text.starts_with('{')) return std::nullopt;
    text.remove_prefix(1);
    const auto number = [&text](std::uint32_t& value) {
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error == std::errc::result_out_of_range) throw wrong("it repeats too much");
      if (error != std::errc()) return false;
      text.remove_prefix(static_cast<std::size_t>(end - text.data()));
      return true;
    };
    times result{};
    if (text.empty() || text.front() == '}' || !number(result.first)) return std::nullopt;
    result.second = result.first;
    if (text.starts_with(',')) {
      text.remove_prefix(1);
      if (text.starts_with('}')) {
        result.second = unbounded;
      } else if (!number(result.second)) {
        return std::nullopt;
      }
    }
    if (!text.starts_with('}')) return std::nullopt;
    text.remove_prefix(1);
    if (result.first > result.second) throw wrong("{} with the higher number first");
    rest_ = text;
    return result;
  }

  std::size_t single() {
    const char letter = next("");
    switch (letter) {
      case '(':
        return group();
      case '[':
        return make_letters(bracket());
      case '.':
        return make_letters(letters().set());
      case '^':
        return make_step(operation::text_begin);
      case '$':
        return make_step(operation::text_end);
      case '*':
      case '+':
      case '?':
        throw wrong(std::string("nothing before ") + letter + " that could be repeated");
      case '\\':
        return escaped();
      default:
        return make_letters(same_as(letter));
    }
  }

  std::size_t group() {
    if (rest_.starts_with('?') && !take("?:")) throw wrong("(? is known only as (?:");
    const std::size_t inside = alternatives();
    if (!take(")")) throw wrong("( is never closed");
    return inside;
  }

  std::size_t escaped() {
    if (take("b")) return make_step(operation::word_edge);
    if (take("B")) return make_step(operation::no_word_edge);
    return make_letters(escape());
  }

  // After a backslash.
  letters escape() {
    const char letter = next("\\ at the end");
    switch (letter) {
      case 'd':
      case 'D':
      case 'w':
      case 'W':
      case 's':
      case 'S':
        return class_of(letter);
      case 'n':
        return same_as('\n');
      case 't':
        return same_as('\t');
      default:
        if (is_word(letter)) throw wrong(std::string("\\") + letter + " is not known");
        return same_as(letter);
    }
  }

  static letters class_of(char name) {
    letters set;
    for (int each = 0; each < 256; ++each) {
      const char letter = static_cast<char>(each);
      const bool is_digit = letter >= '0' && letter <= '9';
      const bool is_space = letter == ' ' || (letter >= '\t' && letter <= '\r');
      const char kind = static_cast<char>(name | 0x20);
      set[index_of(letter)] = kind == 'd' ? is_digit : kind == 's' ? is_space : is_word(letter);
    }
    return name == static_cast<char>(name | 0x20) ? set : ~set;
  }

  static letters same_as(char letter) {
    letters set;
    set.set(index_of(letter));
    add_other_case(set);
    return set;
  }

  static void add_other_case(letters& set) {
    for (char small = 'a'; small <= 'z'; ++small) {
      const auto large = static_cast<char>(small - 'a' + 'A');
      const bool is_in = set[index_of(small)] || set[index_of(large)];
      set[index_of(small)] = set[index_of(large)] = is_in;
    }
  }

  letters bracket() {
    constexpr const char* open = "[ is never closed";
    const bool is_negated = take("^");
    letters set;
    bool is_first = true;
    while (is_first || !rest_.starts_with(']')) {
      is_first = false;
      const char letter = next(open);
      if (letter == '\\') {
        set |= escape();
        continue;
      }
      const bool is_range = rest_.size() >= 2 && rest_[0] == '-' && rest_[1] != ']';
      if (!is_range) {
        set.set(index_of(letter));
        continue;
      }
      rest_.remove_prefix(1);
      char last = next(open);
      if (last == '\\') last = next(open);
      if (index_of(last) < index_of(letter))
        throw wrong(std::string("[") + letter + "-" + last + "] goes backwards");
      for (std::size_t each = index_of(letter); each <= index_of(last); ++each)
        set.set(each);
    }
    rest_.remove_prefix(1);
    add_other_case(set);
    return is_negated ? ~set : set;
  }

  std::uint32_t add(const pattern::step& what) {
    if (into_.steps_.size() == pattern::most_steps) throw wrong("it repeats too much");
    into_.steps_.push_back(what);
    return static_cast<std::uint32_t>(into_.steps_.size() - 1);
  }

  std::uint32_t either(std::uint32_t one, std::uint32_t other) {
    return add({.what = operation::either, .next = one, .other = other, .set = 0});
  }

  // The steps of a node, which lead on to `then`; returns the first.
  std::uint32_t emit(std::size_t which, std::uint32_t then) {
    const node& what = nodes_[which];
    switch (what.of) {
      case node::kind::step: {
        pattern::step made = what.what;
        made.next = then;
        return add(made);
      }
      case node::kind::sequence:
        for (std::size_t index = what.parts.size(); index-- > 0;)
          then = emit(what.parts[index], then);
        return then;
      case node::kind::alternatives: {
        std::uint32_t first = emit(what.parts.back(), then);
        for (std::size_t index = what.parts.size() - 1; index-- > 0;)
          first = either(emit(what.parts[index], then), first);
        return first;
      }
      case node::kind::repetition:
        break;
    }
    return emit_repetition(what, then);
  }

  std::uint32_t emit_repetition(const node& what, std::uint32_t then) {
    if (std::max(what.least, what.most == unbounded ? 0 : what.most) > pattern::most_steps)
      throw wrong("it repeats too much");
    const std::size_t inside = what.parts.front();
    if (what.most == unbounded) {
      const std::uint32_t loop = either(0, then);
      const std::uint32_t first = emit(inside, loop);
      into_.steps_[loop].next = first;
      then = loop;
    } else {
      const std::uint32_t end = then;
      for (std::uint32_t time = what.least; time < what.most; ++time)
        then = either(emit(inside, then), end);
    }
    for (std::uint32_t time = 0; time < what.least; ++time) {
      const std::size_t steps = into_.steps_.size();
      then = emit(inside, then);
      if (into_.steps_.size() == steps) break;  // nothing, any number of times
    }
    return then;
  }

  std::string_view rest_;
  pattern& into_;
  std::vector<node> nodes_;
};

pattern::pattern(std::string_view expression) {
  if (expression.size() > longest) {
    error_ = "longer than " + std::to_string(longest) + " letters";
    return;
  }
  try {
    pattern_compiler(expression, *this).compile();
  } catch (const wrong& what) {
    error_ = what.what();
    steps_.clear();
  }
}

/// All ways through the steps at a time, letter by letter.
class pattern::search {
 public:
  search(const pattern& wanted, std::string_view text)
      : wanted_(wanted), text_(text), seen_at_(wanted.steps_.size(), 0) {}

  bool run() {
    std::vector<std::uint32_t> now;
    std::vector<std::uint32_t> then;
    for (std::size_t place = 0; place <= text_.size(); ++place) {
      // It may begin anywhere.
      if (reach(wanted_.first_, place, now)) return true;
      if (place == text_.size()) break;
      const std::size_t letter = index_of(text_[place]);
      ++round_;
      for (const std::uint32_t each : now) {
        const step& at = wanted_.steps_[each];
        if (wanted_.sets_[at.set][letter] && reach(at.next, place + 1, then)) return true;
      }
      std::swap(now, then);
      then.clear();
    }
    return false;
  }

 private:
  // Notes the letters that may come next, from this step on. True: it is found.
  bool reach(std::uint32_t first, std::size_t place, std::vector<std::uint32_t>& into) {
    open_.assign(1, first);
    while (!open_.empty()) {
      const std::uint32_t which = open_.back();
      open_.pop_back();
      if (std::exchange(seen_at_[which], round_) == round_) continue;
      const step& at = wanted_.steps_[which];
      switch (at.what) {
        case operation::found:
          return true;
        case operation::letter:
          into.push_back(which);
          break;
        case operation::either:
          open_.push_back(at.other);
          open_.push_back(at.next);
          break;
        case operation::text_begin:
          if (place == 0) open_.push_back(at.next);
          break;
        case operation::text_end:
          if (place == text_.size()) open_.push_back(at.next);
          break;
        case operation::word_edge:
          if (is_edge(place)) open_.push_back(at.next);
          break;
        case operation::no_word_edge:
          if (!is_edge(place)) open_.push_back(at.next);
          break;
      }
    }
    return false;
  }

  [[nodiscard]] bool is_edge(std::size_t place) const {
    const bool before = place > 0 && is_word(text_[place - 1]);
    const bool after = place < text_.size() && is_word(text_[place]);
    return before != after;
  }

  const pattern& wanted_;
  std::string_view text_;
  std::vector<std::size_t> seen_at_;  // by step: the round in which it was reached last
  std::size_t round_ = 1;
  std::vector<std::uint32_t> open_;
};

bool pattern::occurs_in(std::string_view text) const {
  return !steps_.empty() && search(*this, text).run();
}

}  // namespace asioscope::viewer
