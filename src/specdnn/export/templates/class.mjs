// {{ question }} {{ title }}, {{ parameters }} weights and biases. This file needs no other.
{% for array in arrays %}
const {{ array.name }} = new {{ "Float32Array" if array.real else "Uint16Array" }}([{{ array.numbers }}]);
{% endfor %}

/** The probability that it is {{ thing }}; above 0.5 is a yes. pixels: 28 x 28 bytes, row by row, bright on black. */
export default function probability(pixels) {
  const image = new Float32Array({{ image.size }});
{% if image.side == 1 %}
  for (let place = 0; place < {{ image.size }}; place++)
    image[place] = (pixels[{{ image.pixel }}] / 255 - {{ mean }}) / {{ std }};
{% else %}
  for (let place = 0; place < {{ image.size }}; place++) {
    let sum = 0;
    for (let row = 0; row < {{ image.side }}; row++)
      for (let column = 0; column < {{ image.side }}; column++)
        sum += (pixels[{{ image.pixel }} + row * 28 + column] / 255 - {{ mean }}) / {{ std }};
    image[place] = sum / {{ image.side ** 2 }};
  }
{% endif %}
{% for step in steps %}
  const {{ step.name }} = new Float32Array({{ step.size }});
{% if step.kernel %}
  for (let unit = 0, place = 0; unit < {{ step.outputs }}; unit++)
    for (let top = 0; top < {{ step.height }}; top += {{ step.pool }})
      for (let left = 0; left < {{ step.width }}; left += {{ step.pool }}, place++)
        for (let y = top; y < top + {{ step.pool }}; y++)
          for (let x = left; x < left + {{ step.pool }}; x++) {
            let sum = {{ step.name }}Bias[unit];
            for (let input = 0, weight = unit * {{ step.inputs * step.kernel ** 2 }}; input < {{ step.inputs }}; input++)
              for (let row = y; row < y + {{ step.kernel }}; row++)
                for (let column = x; column < x + {{ step.kernel }}; column++, weight++)
                  sum += {{ step.name }}Weight[weight] * {{ step.reads }};
{% if step.pooling == "max" %}
            {{ step.name }}[place] = Math.max({{ step.name }}[place], sum);
{% else %}
            {{ step.name }}[place] += Math.max(0, sum) / {{ step.pool ** 2 }};
{% endif %}
          }
{% else %}
  for (let unit = 0, weight = 0; unit < {{ step.outputs }}; unit++) {
    let sum = {{ step.name }}Bias[unit];
    for (let input = 0; input < {{ step.inputs }}; input++, weight++)
      sum += {{ step.name }}Weight[weight] * {{ step.reads }};
    {{ step.name }}[unit] = {{ "sum" if loop.last else "Math.max(0, sum)" }};
  }
{% endif %}
{% endfor %}
  return 1 / (1 + Math.exp(-{{ steps[-1].name }}[0]));
}
// record: {{ record }}
