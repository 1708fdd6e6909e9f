pragma circom 2.1.6;

include "../../node_modules/circomlib/circuits/poseidon.circom";

// CredentialMessage(): the field element that an issuer signs,
// Poseidon(3, schema, subject, device, binding, expiresAt + 2^64·statusIndex + 2^81·list + 2^113·sources,
// claim[0..7]).
//
// Inputs
//   schema, subject, device, binding   any field element
//   expiresAt      assumes 64 bits (Unexpired asserts it)
//   statusIndex    assumes 17 bits (StatusBit asserts it)
//   list           assumes 32 bits (RegistryLeaf asserts it)
//   sources        assumes 16 bits (SourceBounds packs eight of two bits)
//   claims[8]      any field element (64 bits by InRange)
// Output
//   out
template CredentialMessage() {
    signal input schema;
    signal input subject;
    signal input device;
    signal input binding;
    signal input expiresAt;
    signal input statusIndex;
    signal input list;
    signal input sources;
    signal input claims[8];
    signal output out;

    signal packed <== expiresAt + (1 << 64) * statusIndex + (1 << 81) * list + (1 << 113) * sources;
    out <== Poseidon(14)([
        3, schema, subject, device, binding, packed,
        claims[0], claims[1], claims[2], claims[3], claims[4], claims[5], claims[6], claims[7]
    ]);
}
