package io.doorward.auth.system;

/** Where an application keeps its sessions. */
enum Sessions {
  IN_POSTGRES,
  IN_REDIS
}
