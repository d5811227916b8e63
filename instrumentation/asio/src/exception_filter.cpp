// SPDX-License-Identifier: BSL-1.0
#include "asioscope/instrumentation/detail/exception_filter.hpp"

#include "exception_in_flight.hpp"

#include <cstddef>
#include <typeinfo>

#if defined(ASIOSCOPE_LOOK_AT_EXCEPTIONS)

namespace asioscope::detail {
namespace {

// The type_info of leaving_exception is made by hand: it must be there before any constructor runs,
// and the constructors of type_info are none that a compiler may run. Its virtual functions, in the
// order of <typeinfo>; what is asked of a catch clause is do_catch.

void destroy(const void* /*self*/) {}
bool is_no(const void* /*self*/) { return false; }
bool do_catch(const void* /*self*/, const std::type_info* thrown, void** object,
              unsigned /*outer*/) {
  look_at(*thrown, *object);
  return false;
}
bool do_upcast(const void* /*self*/, const void* /*target*/, void** /*object*/) { return false; }

struct virtual_functions {
  std::ptrdiff_t to_top;
  const std::type_info* type;
  void (*destroy_object)(const void*);
  void (*delete_object)(const void*);
  bool (*is_pointer)(const void*);
  bool (*is_function)(const void*);
  bool (*do_catch)(const void*, const std::type_info*, void**, unsigned);
  bool (*do_upcast)(const void*, const void*, void**);
};
const virtual_functions functions{
    0, &typeid(std::type_info), &destroy, &destroy, &is_no, &is_no, &do_catch, &do_upcast};

struct made_type_info {
  const void* virtual_functions;
  const char* name;
};

}  // namespace

// What `catch (leaving_exception&)` refers to.
extern "C" {
extern __attribute__((visibility("default")))
const made_type_info asioscope_type_of_leaving_exception __asm__(
    "_ZTIN9asioscope6detail17leaving_exceptionE");
__attribute__((used)) constinit const made_type_info asioscope_type_of_leaving_exception{
    &functions.destroy_object, "N9asioscope6detail17leaving_exceptionE"};
}

}  // namespace asioscope::detail

#endif
