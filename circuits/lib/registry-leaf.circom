pragma circom 2.1.6;

include "../../node_modules/circomlib/circuits/poseidon.circom";
include "fits-bits.circom";

// RegistryLeaf(): what the registry says of one issuer, key, schema and status list,
// Poseidon(4, issuerAudience, Ax, Ay, schema, list + 2^32·sourceCap, statusRoot).
//
// Inputs
//   issuerAudience, key[2], schema, statusRoot   any field element
//   list           asserted: 32 bits
//   sourceCap      assumes 2 bits (SourceBounds asserts it)
// Output
//   out            never 0, the empty leaf, unless someone finds a preimage of it
template RegistryLeaf() {
    signal input issuerAudience;
    signal input key[2];
    signal input schema;
    signal input list;
    signal input sourceCap;
    signal input statusRoot;
    signal output out;

    FitsBits(32)(list);
    signal packed <== list + (1 << 32) * sourceCap;
    out <== Poseidon(7)([4, issuerAudience, key[0], key[1], schema, packed, statusRoot]);
}
