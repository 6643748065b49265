package io.doorward.benchmarks;

/**
 * One of the things that are compared.
 *
 * @param name as the tables print it
 * @param opening puts its data in place and opens what it needs
 */
record Contender(String name, Opening opening) {
  /** Makes a contender ready to be measured. */
  @FunctionalInterface
  interface Opening {
    /**
     * Writes the data, opens clients, and returns the operation on them.
     *
     * @param servers the same for all contenders
     * @param opened gets all that has to be closed
     */
    Operation open(Servers servers, Opened opened) throws Exception;
  }
}
