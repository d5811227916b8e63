// SPDX-License-Identifier: BSL-1.0
#include "debug_info.hpp"

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string_view>

namespace asioscope::watchdog {
namespace {

struct free_deleter {
  void operator()(void* memory) const { std::free(memory); }
};

/// Opens with close-on-exec, which libdwfl's own does not: children of the program are not our
/// business.
int find_elf(Dwfl_Module* module, void** user_data, const char* name, Dwarf_Addr base,
             char** file_name, Elf** elf) {
  if (name != nullptr && name[0] == '/') {
    const int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
      *file_name = strdup(name);
      return file;
    }
  }
  return dwfl_linux_proc_find_elf(module, user_data, name, base, file_name, elf);
}

/// Separate debug information by build id. Not dwfl_standard_find_debuginfo: that one may ask
/// servers.
int find_debuginfo(Dwfl_Module* module, void** user_data, const char* name, Dwarf_Addr base,
                   const char* file_name, const char* link_file, GElf_Word link_crc,
                   char** debug_file_name) {
  const int file = dwfl_build_id_find_debuginfo(module, user_data, name, base, file_name, link_file,
                                                link_crc, debug_file_name);
  if (file >= 0) fcntl(file, F_SETFD, FD_CLOEXEC);
  return file;
}

std::string text(const char* value) {
  return value == nullptr ? std::string{} : std::string(value);
}

std::uint32_t number(Dwarf_Die* die, unsigned attribute_name) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  if (dwarf_attr(die, attribute_name, &attribute) == nullptr) return 0;
  return dwarf_formudata(&attribute, &value) == 0 ? static_cast<std::uint32_t>(value) : 0;
}

std::string inlined_function(Dwarf_Die* die) {
  Dwarf_Attribute attribute;
  if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) != nullptr) {
    return demangle(dwarf_formstring(&attribute));
  }
  return text(dwarf_diename(die));
}

/// The inlined functions around `address` in `scope`, outermost first.
void find_inlined(Dwarf_Die& scope, Dwarf_Addr address, std::vector<Dwarf_Die>& found) {
  Dwarf_Die child;
  if (dwarf_child(&scope, &child) != 0) return;
  do {
    const int tag = dwarf_tag(&child);
    if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block) continue;
    // A block without addresses of its own is only a bracket around others.
    if (dwarf_haspc(&child, address) != 1) continue;
    if (tag == DW_TAG_inlined_subroutine) found.push_back(child);
    find_inlined(child, address, found);
    return;
  } while (dwarf_siblingof(&child, &child) == 0);
}

/// Adds the inlined functions around `address`, innermost first. `place` holds the position of the
/// address and is left at the call of the outermost of them.
void add_inlined(Dwarf_Die& unit, Dwarf_Die& function, Dwarf_Addr address, code_place& place,
                 std::vector<code_place>& result) {
  std::vector<Dwarf_Die> inlined;
  find_inlined(function, address, inlined);
  Dwarf_Files* files = nullptr;
  std::size_t file_count = 0;
  dwarf_getsrcfiles(&unit, &files, &file_count);
  for (auto die = inlined.rbegin(); die != inlined.rend(); ++die) {
    result.push_back({inlined_function(&*die), place.file, place.line});
    place.line = number(&*die, DW_AT_call_line);
    const auto file = number(&*die, DW_AT_call_file);
    place.file = files != nullptr && file < file_count
                     ? text(dwarf_filesrc(files, file, nullptr, nullptr))
                     : std::string{};
  }
}

}  // namespace

std::string demangle(const char* symbol) {
  if (symbol == nullptr) return {};
  int status = 0;
  const std::unique_ptr<char, free_deleter> name(
      abi::__cxa_demangle(symbol, nullptr, nullptr, &status));
  if (name) return name.get();
  // The runtime's demangler refuses the marks of cloned functions.
  const std::string_view whole(symbol);
  const auto dot = whole.find('.');
  if (!whole.starts_with("_Z") || dot == std::string_view::npos) return symbol;
  const std::unique_ptr<char, free_deleter> stem(
      abi::__cxa_demangle(std::string(whole.substr(0, dot)).c_str(), nullptr, nullptr, &status));
  return stem ? stem.get() : symbol;
}

debug_info::debug_info() {
  callbacks_.find_elf = find_elf;
  callbacks_.find_debuginfo = find_debuginfo;
  dwfl_.reset(dwfl_begin(&callbacks_));
  report_modules();
}

void debug_info::report_modules() {
  if (!dwfl_) return;
  units_.clear();
  functions_.clear();
  dwfl_report_begin(dwfl_.get());
  dwfl_linux_proc_report(dwfl_.get(), getpid());
  dwfl_report_end(dwfl_.get(), nullptr, nullptr);
}

Dwfl_Module* debug_info::find_module(std::uintptr_t address) {
  return dwfl_ ? dwfl_addrmodule(dwfl_.get(), address) : nullptr;
}

void debug_info::add_ranges(Dwarf_Die& owner, code_ranges& ranges) {
  Dwarf_Addr base = 0;
  Dwarf_Addr begin = 0;
  Dwarf_Addr end = 0;
  for (std::ptrdiff_t at = dwarf_ranges(&owner, 0, &base, &begin, &end); at > 0;
       at = dwarf_ranges(&owner, at, &base, &begin, &end)) {
    if (begin < end) ranges.insert_or_assign(begin, code_range{end, owner});
  }
}

void debug_info::add_functions(Dwarf_Die& scope, code_ranges& ranges) {
  Dwarf_Die child;
  if (dwarf_child(&scope, &child) != 0) return;
  do {
    // Code stands in a unit itself (g++) or in its namespaces (clang), never in a class.
    const int tag = dwarf_tag(&child);
    if (tag == DW_TAG_subprogram) add_ranges(child, ranges);
    if (tag == DW_TAG_namespace) add_functions(child, ranges);
  } while (dwarf_siblingof(&child, &child) == 0);
}

Dwarf_Die* debug_info::find(code_ranges& ranges, Dwarf_Addr address) {
  auto next = ranges.upper_bound(address);
  if (next == ranges.begin()) return nullptr;
  --next;
  return address < next->second.end ? &next->second.owner : nullptr;
}

debug_info::code_ranges& debug_info::units_of(Dwfl_Module* module) {
  const auto [entry, is_new] = units_.try_emplace(module);
  if (is_new) {
    Dwarf_Addr bias = 0;
    for (Dwarf_Die* unit = dwfl_module_nextcu(module, nullptr, &bias); unit != nullptr;
         unit = dwfl_module_nextcu(module, unit, &bias)) {
      add_ranges(*unit, entry->second);
    }
  }
  return entry->second;
}

bool debug_info::unit_of(Dwfl_Module* module, std::uintptr_t address, Dwarf_Die& unit,
                         Dwarf_Addr& bias) {
  const Dwarf_Die* found = dwfl_module_addrdie(module, address, &bias);
  if (found == nullptr) {
    // clang leaves out the address table that the call above needs.
    if (dwfl_module_getdwarf(module, &bias) == nullptr) return false;
    found = find(units_of(module), address - bias);
  }
  if (found != nullptr) unit = *found;
  return found != nullptr;
}

Dwarf_Die* debug_info::function_of(Dwarf_Die& unit, Dwarf_Addr address) {
  const auto [entry, is_new] = functions_.try_emplace(unit.addr);
  if (is_new) add_functions(unit, entry->second);
  return find(entry->second, address);
}

std::vector<code_place> debug_info::places(std::uintptr_t address) {
  std::vector<code_place> result;
  code_place place;
  Dwfl_Module* module = find_module(address);
  if (module == nullptr) {
    // A library loaded since.
    report_modules();
    module = find_module(address);
  }
  if (module == nullptr) return {place};
  Dwarf_Die unit;
  Dwarf_Addr bias = 0;
  if (unit_of(module, address, unit, bias)) {
    int line = 0;
    if (Dwarf_Line* position = dwarf_getsrc_die(&unit, address - bias)) {
      place.file = text(dwarf_linesrc(position, nullptr, nullptr));
      if (dwarf_lineno(position, &line) == 0) place.line = static_cast<std::uint32_t>(line);
    }
    if (Dwarf_Die* const function = function_of(unit, address - bias)) {
      add_inlined(unit, *function, address - bias, place, result);
    }
  }
  place.function = demangle(dwfl_module_addrname(module, address));
  result.push_back(std::move(place));
  return result;
}

std::string debug_info::function(std::uintptr_t address) {
  Dwfl_Module* module = find_module(address);
  if (module == nullptr) {
    report_modules();
    module = find_module(address);
  }
  return module == nullptr ? std::string{} : demangle(dwfl_module_addrname(module, address));
}

std::vector<std::uintptr_t> debug_info::walk(const frozen_stack& stack) {
  if (!dwfl_) return {};
  // A library loaded since: it has frames of its own on this stack.
  if (find_module(stack.program_counter) == nullptr) report_modules();
  auto addresses = walk_stack(dwfl_.get(), stack);
  if (!addresses.empty() && find_module(addresses.back()) == nullptr) {
    report_modules();
    addresses = walk_stack(dwfl_.get(), stack);
  }
  return addresses;
}

std::string debug_info::module(std::uintptr_t address) {
  Dwfl_Module* module = find_module(address);
  if (module == nullptr) return {};
  const char* name =
      dwfl_module_info(module, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr);
  const std::string path = text(name);
  return path.substr(path.rfind('/') + 1);
}

}  // namespace asioscope::watchdog
