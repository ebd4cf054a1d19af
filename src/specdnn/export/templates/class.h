/* {{ question }} {{ title }}, {{ parameters }} weights and biases. C99, with math.h and nothing else. */
#include <math.h>

/* The probability that it is {{ thing }}; above 0.5 is a yes. pixels: 28 x 28 bytes, row by row, bright on black. */
static float {{ name }}(const unsigned char pixels[784]) {
{% for array in arrays %}
  static const {{ "float" if array.real else "unsigned short" }} {{ array.name }}[] = { {{- array.numbers -}} };
{% endfor %}
  float image[{{ image.size }}];
{% if image.side == 1 %}
  for (int place = 0; place < {{ image.size }}; place++)
    image[place] = (pixels[{{ image.pixel }}] / 255.0f - {{ mean }}f) / {{ std }}f;
{% else %}
  for (int place = 0; place < {{ image.size }}; place++) {
    float sum = 0;
    for (int row = 0; row < {{ image.side }}; row++)
      for (int column = 0; column < {{ image.side }}; column++)
        sum += (pixels[{{ image.pixel }} + row * 28 + column] / 255.0f - {{ mean }}f) / {{ std }}f;
    image[place] = sum / {{ image.side ** 2 }};
  }
{% endif %}
{% for step in steps %}
  float {{ step.name }}[{{ step.size }}] = {0};
{% if step.kernel %}
  for (int unit = 0, place = 0; unit < {{ step.outputs }}; unit++)
    for (int top = 0; top < {{ step.height }}; top += {{ step.pool }})
      for (int left = 0; left < {{ step.width }}; left += {{ step.pool }}, place++)
        for (int y = top; y < top + {{ step.pool }}; y++)
          for (int x = left; x < left + {{ step.pool }}; x++) {
            float sum = {{ step.name }}Bias[unit];
            for (int input = 0, weight = unit * {{ step.inputs * step.kernel ** 2 }}; input < {{ step.inputs }}; input++)
              for (int row = y; row < y + {{ step.kernel }}; row++)
                for (int column = x; column < x + {{ step.kernel }}; column++, weight++)
                  sum += {{ step.name }}Weight[weight] * {{ step.reads }};
{% if step.pooling == "max" %}
            {{ step.name }}[place] = fmaxf({{ step.name }}[place], sum);
{% else %}
            {{ step.name }}[place] += fmaxf(0, sum) / {{ step.pool ** 2 }};
{% endif %}
          }
{% else %}
  for (int unit = 0, weight = 0; unit < {{ step.outputs }}; unit++) {
    float sum = {{ step.name }}Bias[unit];
    for (int input = 0; input < {{ step.inputs }}; input++, weight++)
      sum += {{ step.name }}Weight[weight] * {{ step.reads }};
    {{ step.name }}[unit] = {{ "sum" if loop.last else "fmaxf(0, sum)" }};
  }
{% endif %}
{% endfor %}
  return 1 / (1 + expf(-{{ steps[-1].name }}[0]));
}
/* record: {{ record }} */
