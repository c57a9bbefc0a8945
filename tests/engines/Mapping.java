/** Renders mapping templates on the Apache Velocity of the class path, with API Gateway's $input, $util and $context. */

import com.jayway.jsonpath.JsonPath;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.Reader;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.minidev.json.parser.JSONParser;
import org.apache.commons.lang.StringEscapeUtils;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;

/**
 * Reads a list of {template, context, and body with header, querystring, path (each a list of pairs), or answer} and
 * writes a list of {text, overrides} or {error}.
 */
public class Mapping {
  public static void main(String[] args) throws Exception {
    VelocityEngine engine = new VelocityEngine();
    // Each name of a property is known to one of the two versions. Blanks are kept as version 1 kept them.
    engine.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
    engine.setProperty("parser.space_gobbling", "bc");
    engine.init();
    Object asked = parse(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    List<String> rendered = new ArrayList<>();
    for (Object each : (List<?>) asked) rendered.add(render(engine, (Map<?, ?>) each));
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
    out.print("[" + String.join(",\n", rendered) + "]");
    out.flush();
  }

  static Object parse(Reader reader) throws Exception {
    return new JSONParser(JSONParser.MODE_JSON_SIMPLE).parse(reader);
  }

  static String render(VelocityEngine engine, Map<?, ?> asked) {
    Map<String, Object> given = new LinkedHashMap<>();
    ((Map<?, ?>) asked.get("context")).forEach((name, value) -> given.put((String) name, value));
    Map<String, Object> headers = new OnceOnly();
    Map<String, Object> override = new OnceOnly();
    override.put("header", headers);
    given.put("responseOverride", override);
    VelocityContext context = new VelocityContext();
    context.put("context", given);
    context.put("util", new Util());
    context.put("input", new Input(asked));
    StringWriter text = new StringWriter();
    try {
      engine.evaluate(context, text, "template", (String) asked.get("template"));
    } catch (Exception error) {
      return "{\"error\":" + quote(String.valueOf(error)) + "}";
    }
    List<String> set = new ArrayList<>();
    headers.forEach((name, value) -> set.add("[" + quote(name) + "," + quote(String.valueOf(value)) + "]"));
    String status = String.valueOf(override.get("status"));
    return "{\"text\":" + quote(text.toString()) + ",\"status\":" + quote(status) + ",\"headers\":["
        + String.join(",", set) + "]}";
  }

  /** JSON of a string in ASCII, a lone surrogate too. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char unit : text.toCharArray()) {
      boolean isPlain = unit >= ' ' && unit < 127 && unit != '"' && unit != '\\';
      quoted.append(isPlain ? String.valueOf(unit) : String.format("\\u%04x", (int) unit));
    }
    return quoted.append('"').toString();
  }

  /** A map each of whose keys can be set once: API Gateway answers a second time with a 500. */
  public static class OnceOnly extends LinkedHashMap<String, Object> {
    @Override
    public Object put(String name, Object value) {
      if (containsKey(name)) throw new IllegalStateException(name + " is overridden twice");
      return super.put(name, value);
    }
  }

  /** $input. */
  public static class Input {
    private final Map<?, ?> asked;

    Input(Map<?, ?> asked) {
      this.asked = asked;
    }

    public String getBody() {
      return (String) asked.get("body");
    }

    public Map<String, Map<String, String>> params() {
      Map<String, Map<String, String>> params = new LinkedHashMap<>();
      for (String kind : new String[] {"path", "querystring", "header"}) {
        Map<String, String> values = new LinkedHashMap<>();
        for (Object pair : (List<?>) asked.get(kind)) {
          values.put((String) ((List<?>) pair).get(0), (String) ((List<?>) pair).get(1));
        }
        params.put(kind, values);
      }
      return params;
    }

    /** Null where there is nothing, as in API Gateway. */
    public Object path(String path) {
      try {
        return JsonPath.read((String) asked.get("answer"), path);
      } catch (com.jayway.jsonpath.PathNotFoundException error) {
        return null;
      }
    }
  }

  /** $util. */
  public static class Util {
    public String escapeJavaScript(Object text) {
      return text == null ? null : StringEscapeUtils.escapeJavaScript(text.toString());
    }

    public Object parseJson(String text) throws Exception {
      return parse(new StringReader(text));
    }
  }
}
