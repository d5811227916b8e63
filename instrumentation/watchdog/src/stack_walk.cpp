// SPDX-License-Identifier: BSL-1.0
#include "stack_walk.hpp"

#include "asioscope/watchdog/own_memory.hpp"

#include <dwarf.h>
#include <elfutils/libdw.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>

namespace asioscope::watchdog {

#if defined(__x86_64__)
namespace {

using word = std::uint64_t;
using known_word = std::optional<word>;

constexpr std::size_t most_frames = 96;

// The numbers of DWARF.
constexpr std::size_t frame_pointer = 6;
constexpr std::size_t stack_pointer = 7;
constexpr std::size_t return_address = 16;
constexpr std::size_t register_count = 17;
using registers = std::array<known_word, register_count>;

struct frame_deleter {
  void operator()(Dwarf_Frame* frame) const { std::free(frame); }
};
using unwind_row = std::unique_ptr<Dwarf_Frame, frame_deleter>;

unwind_row row_at(Dwfl* modules, word address) {
  Dwfl_Module* const module = dwfl_addrmodule(modules, address);
  if (module == nullptr) return nullptr;
  for (const auto tables : {dwfl_module_eh_cfi, dwfl_module_dwarf_cfi}) {
    Dwarf_Addr bias = 0;
    Dwarf_CFI* const cfi = tables(module, &bias);
    Dwarf_Frame* frame = nullptr;
    if (cfi != nullptr && dwarf_cfi_addrframe(cfi, address - bias, &frame) == 0)
      return unwind_row(frame);
  }
  return nullptr;
}

/// "Register plus offset", which is what compilers write; anything else is unknown.
struct frame_base {
  std::size_t base = 0;
  word offset = 0;
};
std::optional<frame_base> base_of(Dwarf_Frame* row) {
  Dwarf_Op* operations = nullptr;
  std::size_t count = 0;
  if (dwarf_frame_cfa(row, &operations, &count) != 0 || count != 1) return std::nullopt;
  const Dwarf_Op& only = operations[0];
  if (only.atom == DW_OP_bregx && only.number < register_count)
    return frame_base{only.number, only.number2};
  if (only.atom >= DW_OP_breg0 && only.atom < DW_OP_breg0 + register_count)
    return frame_base{static_cast<std::size_t>(only.atom - DW_OP_breg0), only.number};
  return std::nullopt;
}

/// What the caller has in a register.
known_word restored(Dwarf_Frame* row, std::size_t number, word cfa, const registers& here,
                    const frozen_stack& stack) {
  std::array<Dwarf_Op, 3> memory;
  Dwarf_Op* operations = nullptr;
  std::size_t count = 0;
  if (dwarf_frame_register(row, static_cast<int>(number), memory.data(), &operations, &count) != 0)
    return std::nullopt;
  if (count == 0) return operations == nullptr ? here[number] : std::nullopt;  // the same, or lost
  if (operations[0].atom != DW_OP_call_frame_cfa) return std::nullopt;
  if (count == 1) return stack.at(cfa);
  const bool is_offset = count == 2 && operations[1].atom == DW_OP_plus_uconst;
  return is_offset ? stack.at(cfa + operations[1].number) : std::nullopt;
}

/// Whether the instruction before `address` is a direct call of the function that contains
/// `callee`.
bool returns_from(Dwfl* modules, word address, word callee) {
  constexpr std::size_t call_size = 5;
  Dwfl_Module* const module = dwfl_addrmodule(modules, callee);
  if (module == nullptr || dwfl_addrmodule(modules, address - call_size) == nullptr) return false;
  if (!row_at(modules, address - 1)) return false;
  GElf_Off offset = 0;
  GElf_Sym symbol;
  if (dwfl_module_addrinfo(module, callee, &offset, &symbol, nullptr, nullptr, nullptr) == nullptr)
    return false;
  std::array<unsigned char, call_size> code;
  // A library may be gone by now.
  if (own_memory().read(address - call_size, code.data(), call_size) != call_size) return false;
  std::int32_t distance = 0;
  std::memcpy(&distance, code.data() + 1, sizeof distance);
  return code[0] == 0xE8 &&
         address + static_cast<word>(static_cast<std::int64_t>(distance)) == callee - offset;
}

/// The frame pointer of a function that has one, when those it called have not saved it: its return
/// address is the first on the stack that stands behind a call of this very function.
known_word found_frame_pointer(Dwfl* modules, word program_counter, word sp, word cfa_offset,
                               const frozen_stack& stack) {
  constexpr word alignment = 16;
  for (word cfa = (sp / alignment + 1) * alignment;; cfa += alignment) {
    const auto returns_to = stack.at(cfa - sizeof(word));
    if (!returns_to) return std::nullopt;
    if (returns_from(modules, *returns_to, program_counter)) return cfa - cfa_offset;
  }
}

}  // namespace

std::vector<std::uintptr_t> walk_stack(Dwfl* modules, const frozen_stack& stack) {
  std::vector<std::uintptr_t> addresses{stack.program_counter};
  registers here;
  here[stack_pointer] = stack.stack_pointer;
  while (addresses.size() < most_frames) {
    // A return address may already belong to the next function.
    const word inside = addresses.size() == 1 ? addresses.back() : addresses.back() - 1;
    const auto row = row_at(modules, inside);
    if (!row) break;
    const auto base = base_of(row.get());
    if (!base) break;
    const word sp = *here[stack_pointer];
    if (base->base == frame_pointer && !here[frame_pointer])
      here[frame_pointer] = found_frame_pointer(modules, inside, sp, base->offset, stack);
    if (!here[base->base]) break;
    const word cfa = *here[base->base] + base->offset;
    const auto returns_to = restored(row.get(), return_address, cfa, here, stack);
    if (cfa <= sp || !returns_to || *returns_to == 0) break;
    registers outer;
    for (const std::size_t saved : {3U, 6U, 12U, 13U, 14U, 15U})
      outer[saved] = restored(row.get(), saved, cfa, here, stack);
    outer[stack_pointer] = cfa;
    here = outer;
    addresses.push_back(*returns_to);
  }
  return addresses;
}

#else

std::vector<std::uintptr_t> walk_stack(Dwfl*, const frozen_stack&) { return {}; }

#endif

}  // namespace asioscope::watchdog
