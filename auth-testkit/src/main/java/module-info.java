/** Contracts every store must pass, and real servers to run them against. */
module io.doorward.auth.testkit {
  requires transitive io.doorward.auth.core;
}
