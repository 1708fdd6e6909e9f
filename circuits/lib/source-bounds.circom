pragma circom 2.1.6;

include "fits-bits.circom";

// SourceBounds(n): asserts that each claim's source is at least what the policy asks and at most what the issuer may claim,
// and packs both rows of levels, two bits a claim, claim 0 in the lowest.
//
// All levels are two bits wide by checks of their own: from the packed sum alone (2, 1) could be opened as (-2, 2), and a
// self-reported claim would pass for a measured one.
//
// Inputs
//   sources[n]      asserted: 2 bits, minimums[i] <= sources[i] <= cap
//   minimums[n]     asserted: 2 bits
//   cap             asserted: 2 bits
// Outputs
//   packedSources, packedMinimums   2n bits each
template SourceBounds(n) {
    signal input sources[n];
    signal input minimums[n];
    signal input cap;
    signal output packedSources;
    signal output packedMinimums;

    FitsBits(2)(cap);
    var sourceSum = 0;
    var minimumSum = 0;
    for (var i = 0; i < n; i++) {
        FitsBits(2)(sources[i]);
        FitsBits(2)(minimums[i]);
        FitsBits(2)(sources[i] - minimums[i]);
        FitsBits(2)(cap - sources[i]);
        sourceSum += sources[i] * (1 << (2 * i));
        minimumSum += minimums[i] * (1 << (2 * i));
    }
    packedSources <== sourceSum;
    packedMinimums <== minimumSum;
}
