pragma circom 2.1.6;

include "../../node_modules/circomlib/circuits/poseidon.circom";

// MerklePath(depth): the root of a binary tree of fixed depth whose inner nodes are Poseidon(left, right).
//
// No leaf can pass for a node: the depth is fixed, and two-input Poseidon is used for nothing else.
//
// Inputs
//   leaf              any field element
//   indexBits[i]      assumes bits (the caller decomposed the index); bit 0 is the lowest, 1 = the path comes from the right
//   siblings[i]       any field element; siblings[0] stands beside the leaf
// Output
//   root
template MerklePath(depth) {
    signal input leaf;
    signal input indexBits[depth];
    signal input siblings[depth];
    signal output root;

    signal nodes[depth + 1];
    signal lefts[depth];

    nodes[0] <== leaf;
    for (var i = 0; i < depth; i++) {
        lefts[i] <== nodes[i] + indexBits[i] * (siblings[i] - nodes[i]);
        nodes[i + 1] <== Poseidon(2)([lefts[i], nodes[i] + siblings[i] - lefts[i]]);
    }
    root <== nodes[depth];
}
