/* Epstein's civil violence, Model I, run 2, floor reading, by hand: the peer of benchmarks/grid.py.

       cc -O3 -march=native -o civil_violence civil_violence.c -lm && ./civil_violence SIDE WARM PERIODS SEED

   Written to be fast: one bit a site, each row of the grid a run of bits with a halo, so that a row of what is seen is
   one unaligned load, a shift, a mask and a population count; the k-th free site by PDEP; agents of 24 bytes, fetched
   ahead of their turn; a xoshiro256+ generator, whose numbers are consumed in order and are no one's address; the
   order drawn by a running shuffle. Nobody whose grievance cannot exceed the threshold looks round.
   After WARM periods it runs PERIODS more for each line that it reads, and prints for each: the seconds (of its own
   processor time, and of the clock), the turns taken, and the mean and the peak of the active. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __BMI2__
#include <immintrin.h>
#endif

enum { VISION = 7, ROWS_SEEN = 2 * VISION + 1, AHEAD = 64, TERM = 30 };
static const double DENSITY = 0.7, COPS = 0.04, LEGITIMACY = 0.82, THRESHOLD = 0.1, K = 2.3;

typedef struct {
    float grievance, aversion; /* H (1 - L), R */
    int32_t row, column, until, active;
} Person;
typedef uint8_t *Board;

static int side, stride; /* bytes of a padded row */
static uint32_t mask[ROWS_SEEN];
static Board occupied, active_at, cop_at;
static Person *people;
static int32_t *order, *who;
static double risk[ROWS_SEEN * ROWS_SEEN + 1]; /* by floor(C/A) */
static uint64_t s[4];

static inline uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
static inline uint64_t next(void) {
    uint64_t result = s[0] + s[3], t = s[1] << 17;
    s[2] ^= s[0], s[3] ^= s[1], s[1] ^= s[2], s[0] ^= s[3], s[2] ^= t, s[3] = rotl(s[3], 45);
    return result;
}
static inline double uniform(void) { return (double)(next() >> 11) * 0x1p-53; }
static inline uint32_t below(uint32_t n) { return (uint32_t)(((next() >> 32) * (uint64_t)n) >> 32); }

static inline void put(Board b, int row, int column, int bit) { /* every copy of a site: its halo too */
    int rows[2] = {row + VISION, -1}, columns[2] = {column + VISION, -1};
    if (row < VISION) rows[1] = row + VISION + side;
    if (row >= side - VISION) rows[1] = row + VISION - side;
    if (column < VISION) columns[1] = column + VISION + side;
    if (column >= side - VISION) columns[1] = column + VISION - side;
    for (int i = 0; i < 2 && rows[i] >= 0; i++)
        for (int j = 0; j < 2 && columns[j] >= 0; j++) {
            uint8_t *at = b + (size_t)rows[i] * stride + (columns[j] >> 3), one = (uint8_t)(1u << (columns[j] & 7));
            *at = bit ? *at | one : *at & (uint8_t)~one;
        }
}
static inline uint32_t seen(Board b, int row, int column, int dy) {
    uint32_t word;
    memcpy(&word, b + (size_t)(row + dy) * stride + (column >> 3), 4);
    return word >> (column & 7);
}
static inline int count(Board b, int row, int column) {
    int total = 0;
    for (int dy = 0; dy < ROWS_SEEN; dy++) total += __builtin_popcount(seen(b, row, column, dy) & mask[dy]);
    return total;
}
static inline int nth(uint32_t word, int n) {
#ifdef __BMI2__
    return __builtin_ctz(_pdep_u32(1u << n, word));
#else
    while (n--) word &= word - 1;
    return __builtin_ctz(word);
#endif
}
static inline int wrap(int x) { return x < 0 ? x + side : x >= side ? x - side : x; }
/* The n-th of the sites seen that are set, or clear (flip all ones). */
static inline void find(Board b, int *row, int *column, int n, uint32_t flip) {
    for (int dy = 0; dy < ROWS_SEEN; dy++) {
        uint32_t word = (seen(b, *row, *column, dy) ^ flip) & mask[dy];
        int here = __builtin_popcount(word);
        if (n < here) {
            *row = wrap(*row + dy - VISION), *column = wrap(*column - VISION + nth(word, n));
            return;
        }
        n -= here;
    }
}
static inline void move(Person *me, int sites, int cop) {
    int free_sites = sites - count(occupied, me->row, me->column);
    if (!free_sites) return;
    int row = me->row, column = me->column;
    find(occupied, &row, &column, (int)below((uint32_t)free_sites), ~0u);
    put(occupied, me->row, me->column, 0), put(occupied, row, column, 1);
    if (cop) put(cop_at, me->row, me->column, 0), put(cop_at, row, column, 1);
    me->row = row, me->column = column;
}

int main(int argc, char **argv) {
    if (argc < 5) return fprintf(stderr, "civil_violence SIDE WARM PERIODS SEED\n"), 2;
    side = atoi(argv[1]);
    int warm = atoi(argv[2]), periods = atoi(argv[3]), sites_seen = 0;
    char line[16];
    uint64_t z = strtoull(argv[4], 0, 10);
    for (int i = 0; i < 4; i++) { /* splitmix64 */
        uint64_t x = z += 0x9e3779b97f4a7c15ull;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull, x = (x ^ (x >> 27)) * 0x94d049bb133111ebull, s[i] = x ^ (x >> 31);
    }
    stride = (side + 2 * VISION + 7) / 8 + 4;
    size_t bytes = (size_t)stride * (size_t)(side + 2 * VISION) + 8;
    occupied = calloc(bytes, 1), active_at = calloc(bytes, 1), cop_at = calloc(bytes, 1);
    for (int dy = -VISION; dy <= VISION; dy++) {
        int width = (int)sqrt((double)(VISION * VISION - dy * dy));
        mask[dy + VISION] = ((2u << (2 * width)) - 1u) << (VISION - width);
        if (!dy) mask[VISION] &= ~(1u << VISION);
        sites_seen += __builtin_popcount(mask[dy + VISION]);
    }
    for (int c = 0; c < ROWS_SEEN * ROWS_SEEN + 1; c++) risk[c] = 1 - exp(-K * c);
    int32_t sites = side * side, agents = (int32_t)lround(DENSITY * sites), all = agents + (int32_t)lround(COPS * sites);
    people = aligned_alloc(64, ((size_t)all * sizeof(Person) + 63) / 64 * 64);
    order = malloc(sizeof(int32_t) * (size_t)all), who = malloc(sizeof(int32_t) * (size_t)sites);
    for (int32_t i = 0; i < sites; i++) who[i] = i;
    for (int32_t i = 0; i < all; i++) {
        int32_t j = i + (int32_t)below((uint32_t)(sites - i)), t = who[i];
        who[i] = who[j], who[j] = t;
        people[i] = (Person){(float)(uniform() * (1 - LEGITIMACY)), (float)uniform(), who[i] / side, who[i] % side, 0, 0};
        put(occupied, people[i].row, people[i].column, 1), order[i] = i;
        if (i >= agents) put(cop_at, people[i].row, people[i].column, 1);
    }
    int active = 0, period = 0;
    for (int repeat = 0; repeat == 0 || fgets(line, sizeof line, stdin); repeat++) {
        struct timespec begin, end, started, ended;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin), clock_gettime(CLOCK_MONOTONIC, &started);
        int64_t turns = 0, peak = 0, sum = 0;
        for (int p = 0; p < (repeat ? periods : warm); p++) {
            period++;
            for (int32_t first = 0; first < all; first += AHEAD) {
                int32_t last = first + AHEAD < all ? first + AHEAD : all;
                for (int32_t t = first; t < last; t++) {
                    int32_t j = t + (int32_t)below((uint32_t)(all - t)), i = order[j];
                    order[j] = order[t], order[t] = i;
                    __builtin_prefetch(people + i, 1);
                }
                for (int32_t t = first; t < last; t++) {
                    int32_t i = order[t];
                    Person *me = people + i;
                    turns++;
                    if (i >= agents) {
                        move(me, sites_seen, 1);
                        int suspects = count(active_at, me->row, me->column);
                        if (!suspects) continue;
                        int row = me->row, column = me->column;
                        find(active_at, &row, &column, (int)below((uint32_t)suspects), 0);
                        Person *caught = people + who[row * side + column];
                        put(occupied, row, column, 0), put(active_at, row, column, 0), active--;
                        caught->active = 0, caught->until = period + (int)ceil(uniform() * TERM);
                        continue;
                    }
                    if (me->until) {
                        if (period < me->until) continue;
                        int32_t site;
                        do site = (int32_t)below((uint32_t)sites);
                        while (occupied[(size_t)(site / side + VISION) * stride + ((site % side + VISION) >> 3)] >>
                                   ((site % side + VISION) & 7) & 1);
                        me->row = site / side, me->column = site % side, me->until = 0;
                        put(occupied, me->row, me->column, 1);
                    }
                    int was = me->active, is = 0;
                    if (was) put(active_at, me->row, me->column, 0);
                    move(me, sites_seen, 0);
                    if (me->grievance > THRESHOLD) {
                        int cops = count(cop_at, me->row, me->column), others = count(active_at, me->row, me->column);
                        is = me->grievance - me->aversion * risk[cops / (1 + others)] > THRESHOLD;
                    }
                    if (is) put(active_at, me->row, me->column, 1), who[me->row * side + me->column] = i;
                    me->active = is, active += is - was;
                }
            }
            sum += active, peak = active > peak ? active : peak;
        }
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end), clock_gettime(CLOCK_MONOTONIC, &ended);
        if (!repeat) continue;
        printf("%.9f %.9f %lld %.6f %lld\n",
               (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec),
               (double)(ended.tv_sec - started.tv_sec) + 1e-9 * (double)(ended.tv_nsec - started.tv_nsec),
               (long long)turns, (double)sum / periods, (long long)peak);
        fflush(stdout);
    }
    return 0;
}
