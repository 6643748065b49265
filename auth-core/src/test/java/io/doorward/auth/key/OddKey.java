package io.doorward.auth.key;

import java.security.Key;

/** A key that is made of numbers and that no provider knows, so it has no encoding. */
interface OddKey extends Key {
  @Override
  default String getFormat() {
    return "none";
  }

  @Override
  default byte[] getEncoded() {
    return new byte[0];
  }
}
