// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "stack_walk.hpp"

#include <elfutils/libdwfl.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace asioscope::watchdog {

/// A function that contains an address, and the place in it.
struct code_place {
  std::string function;  ///< demangled; empty when unknown
  std::string file;
  std::uint32_t line = 0;
};

/// libdwfl's view of the files mapped into this process. Not thread-safe.
class debug_info {
 public:
  debug_info();

  /// The functions that contain `address`, inlined ones first; at least one, perhaps empty.
  std::vector<code_place> places(std::uintptr_t address);

  /// Demangled name of the function that contains `address`, from the symbol table alone.
  std::string function(std::uintptr_t address);

  /// The addresses of a stack, innermost first, as far as it can be walked.
  std::vector<std::uintptr_t> walk(const frozen_stack& stack);

  /// File name, without folders, of the program or library that contains `address`.
  std::string module(std::uintptr_t address);

 private:
  struct closer {
    void operator()(Dwfl* dwfl) const { dwfl_end(dwfl); }
  };
  /// A contiguous piece of code and what it belongs to: a compilation unit, or a function.
  struct code_range {
    Dwarf_Addr end = 0;
    Dwarf_Die owner{};
  };
  /// By begin of the range.
  using code_ranges = std::map<Dwarf_Addr, code_range>;

  static void add_ranges(Dwarf_Die& owner, code_ranges& ranges);
  static void add_functions(Dwarf_Die& scope, code_ranges& ranges);
  static Dwarf_Die* find(code_ranges& ranges, Dwarf_Addr address);

  Dwfl_Module* find_module(std::uintptr_t address);
  void report_modules();
  code_ranges& units_of(Dwfl_Module* module);
  bool unit_of(Dwfl_Module* module, std::uintptr_t address, Dwarf_Die& unit, Dwarf_Addr& bias);
  /// The function with code of its own at `address`, null when there is none.
  Dwarf_Die* function_of(Dwarf_Die& unit, Dwarf_Addr address);

  Dwfl_Callbacks callbacks_{};
  std::unique_ptr<Dwfl, closer> dwfl_;
  std::map<Dwfl_Module*, code_ranges> units_;
  /// By unit. libdw's own search reads a whole unit for each address, which for a program with
  /// Beast takes a tenth of a second.
  std::map<void*, code_ranges> functions_;
};

/// The C++ name, or `symbol` itself when it is none.
std::string demangle(const char* symbol);

}  // namespace asioscope::watchdog
