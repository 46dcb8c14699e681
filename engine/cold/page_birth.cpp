#include "cold/page_birth.hpp"

#include <algorithm>

namespace ks {

namespace {

template<class Page> void fill_head(Page& page, u64 magic, const PageBirth& birth) {
    page.head.magic = magic;
    page.head.version = KS_ABI_VERSION;
    page.head.page_bytes = sizeof(Page);
    std::copy(birth.boot_id.begin(), birth.boot_id.end(), page.head.boot_id);
    page.head.nonce = birth.nonce;
}

} // namespace

void fill_status(ks_status_page& page, const PageBirth& birth, std::string_view engine) {
    fill_head(page, KS_MAGIC_STATUS, birth);
    put_name(page.engine, engine);
}

void fill_trigger(ks_trigger_page& page, const PageBirth& birth, std::string_view producer,
                  u32 index) {
    fill_head(page, KS_MAGIC_TRIGGER, birth);
    put_name(page.producer, producer);
    page.producer_index = index;
}

void fill_gates(ks_gates_page& page, const PageBirth& birth) {
    fill_head(page, KS_MAGIC_GATES, birth);
}

void fill_operators(ks_operator_page& page, const PageBirth& birth) {
    fill_head(page, KS_MAGIC_OPERATOR, birth);
}

} // namespace ks
