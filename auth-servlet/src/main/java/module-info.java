/** Authentication for Jakarta Servlet applications. */
module io.doorward.auth.servlet {
  requires transitive io.doorward.auth.core;
}
