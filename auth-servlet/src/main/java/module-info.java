import org.jspecify.annotations.NullMarked;

/** Authentication for Jakarta Servlet applications: a filter and JSON endpoints. */
@NullMarked
module io.doorward.auth.servlet {
  requires transitive io.doorward.auth.core;
  requires transitive jakarta.servlet;
  requires com.fasterxml.jackson.core;
  requires org.slf4j;

  exports io.doorward.auth.servlet;
}
