/** The dashboard as Grafana imports it, made with Grafana's own builders, whose types are its schema. */
import {
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  LineInterpolation,
  VisibilityMode,
} from '@grafana/grafana-foundation-sdk/common';
import { VizLegendOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  type Dashboard,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { ROWS, type Panel } from './panels.ts';

const SOURCE = { type: 'prometheus', uid: '${datasource}' };

/** Of 24 columns. */
const WIDTH = 12;
const HEIGHT = 7;

/** Makes the dashboard. */
export function makeDashboard(): Dashboard {
  const builder = new DashboardBuilder('Resilient service')
    .uid('resilient-service')
    .description('The level of each scope, what clients see of it, and the breakers behind it')
    .tags(['resilience'])
    .refresh('10s')
    .time({ from: 'now-30m', to: 'now' })
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Source').type('prometheus'))
    .withVariable(
      new QueryVariableBuilder('scope')
        .label('Scope')
        .datasource(SOURCE)
        .query('label_values(service_level, scope)')
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .multi(true)
        .includeAll(true)
        .allValue('.*')
        .current({ selected: true, text: 'All', value: '$__all' }),
    )
    .annotation(
      new AnnotationQueryBuilder()
        .name('Level changes')
        .datasource(SOURCE)
        .enable(true)
        .iconColor('orange')
        .expr('changes(service_level{scope=~"$scope"}[$__interval]) > 0')
        .titleFormat('{{scope}} changed its level'),
    );
  for (const { title, panels } of ROWS) {
    builder.withRow(new RowBuilder(title));
    for (const panel of panels) builder.withPanel(panelOf(panel));
  }
  return builder.build();
}

function panelOf({ title, description, unit, isStep, max, queries }: Panel): PanelBuilder {
  const panel = new PanelBuilder()
    .title(title)
    .description(description)
    .datasource(SOURCE)
    .unit(unit)
    .min(0)
    .span(WIDTH)
    .height(HEIGHT)
    .drawStyle(GraphDrawStyle.Line)
    .lineInterpolation(isStep ? LineInterpolation.StepAfter : LineInterpolation.Linear)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    );
  if (max !== undefined) panel.max(max);
  for (const { expr, legend } of queries) {
    const query = new DataqueryBuilder().expr(expr).legendFormat(legend).range();
    panel.withTarget(title === 'Latency' ? query.exemplar(true) : query);
  }
  return panel;
}
