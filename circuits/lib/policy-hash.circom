pragma circom 2.1.6;

include "../../node_modules/circomlib/circuits/poseidon.circom";

// PolicyHash(): the field element that names a policy. q = Poseidon(6, Poseidon(5, schema, minSources, min[0..7]),
// max[0..7]); the policy
// is Poseidon(7, q, permitted[0..7]), or Poseidon(8, q, 0 ×8) where claim 0 is free.
//
// Inputs
//   schema, min[8], max[8], permitted[8]   any field element
//   minSources   assumes 16 bits (SourceBounds packs eight of two bits)
//   free   assumes 0 or 1 (PermittedValue asserts it)
// Output
//   out
template PolicyHash() {
    signal input schema;
    signal input minSources;
    signal input min[8];
    signal input max[8];
    signal input permitted[8];
    signal input free;
    signal output out;

    signal lower <== Poseidon(11)([5, schema, minSources, min[0], min[1], min[2], min[3], min[4], min[5], min[6], min[7]]);
    signal bounds <== Poseidon(10)([6, lower, max[0], max[1], max[2], max[3], max[4], max[5], max[6], max[7]]);
    out <== Poseidon(10)([
        7 + free, bounds,
        permitted[0], permitted[1], permitted[2], permitted[3], permitted[4], permitted[5], permitted[6], permitted[7]
    ]);
}
